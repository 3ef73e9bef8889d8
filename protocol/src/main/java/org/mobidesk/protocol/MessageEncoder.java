package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes the bytes of messages. Stateless. */
public final class MessageEncoder {
  private MessageEncoder() {}

  /**
   * The message with its header, ready to be written; a buffer of its own with an accessible array
   * that it fills.
   *
   * @throws IllegalArgumentException when its data or text is too long for one message
   */
  public static ByteBuffer encode(Message message) {
    return switch (message) {
      case MessageToViewer.ServerHello m ->
          begin(MessageType.SERVER_HELLO, 16)
              .putShort((short) m.version())
              .putShort((short) m.width())
              .putShort((short) m.height())
              .putShort((short) 0)
              .putLong(m.time())
              .flip();
      case MessageToViewer.ScreenSize m ->
          shorts(MessageType.SCREEN_SIZE, m.width(), m.height()).flip();
      case MessageToViewer.Raw m ->
          rectangle(begin(MessageType.RAW, 12 + m.data().remaining()), m.area())
              .putInt(m.encoding().number()) // u8 and three reserved bytes
              .put(m.data().duplicate())
              .flip();
      case MessageToViewer.SolidFill m ->
          rectangle(begin(MessageType.SFILL, 12), m.area()).putInt(m.pixel()).flip();
      case MessageToViewer.Copy m ->
          rectangle(begin(MessageType.COPY, 12), m.source())
              .putShort((short) m.destinationX())
              .putShort((short) m.destinationY())
              .flip();
      case MessageToViewer.CursorShape m -> cursorShape(m);
      case MessageToViewer.CursorWarp m -> shorts(MessageType.CURSOR_WARP, m.x(), m.y()).flip();
      case MessageToViewer.FrameEnd m ->
          begin(MessageType.FRAME_END, 12).putInt((int) m.frame()).putLong(m.time()).flip();
      case MessageToViewer.Pong m -> begin(MessageType.PONG, 8).putLong(m.value()).flip();
      case MessageToViewer.Bell m -> shorts(MessageType.BELL, m.volume()).flip();
      case MessageToViewer.Status m -> status(m);
      case MessageToSession.ClientHello m -> clientHello(m);
      case MessageToSession.Key m ->
          begin(MessageType.KEY, 5).putInt(m.keysym()).put((byte) (m.pressed() ? 1 : 0)).flip();
      case MessageToSession.Pointer m ->
          shorts(MessageType.POINTER, m.x(), m.y(), m.buttons()).flip();
      case MessageToSession.SetSize m -> shorts(MessageType.SET_SIZE, m.width(), m.height()).flip();
      case MessageToSession.Ack m -> begin(MessageType.ACK, 4).putInt((int) m.frame()).flip();
      case MessageToSession.Ping m -> begin(MessageType.PING, 8).putLong(m.value()).flip();
      case MessageToSession.Refresh() -> begin(MessageType.REFRESH, 0).flip();
      case MessageToSession.ReleaseAll() -> begin(MessageType.RELEASE_ALL, 0).flip();
      case MessageToSession.Quiesce() -> begin(MessageType.QUIESCE, 0).flip();
    };
  }

  private static ByteBuffer cursorShape(MessageToViewer.CursorShape m) {
    return begin(MessageType.CURSOR_SHAPE, 8 + m.pixels().remaining())
        .putShort((short) m.width())
        .putShort((short) m.height())
        .putShort((short) m.hotX())
        .putShort((short) m.hotY())
        .put(m.pixels().duplicate())
        .flip();
  }

  private static ByteBuffer status(MessageToViewer.Status m) {
    byte[] text = m.text().getBytes(StandardCharsets.UTF_8);
    return begin(MessageType.STATUS, 1 + text.length)
        .put((byte) m.state().number())
        .put(text)
        .flip();
  }

  private static ByteBuffer clientHello(MessageToSession.ClientHello m) {
    return begin(MessageType.CLIENT_HELLO, 10)
        .putShort((short) m.version())
        .putShort((short) m.width())
        .putShort((short) m.height())
        .putInt(m.encodings() | (m.viewOnly() ? Integer.MIN_VALUE : 0))
        .flip();
  }

  private static ByteBuffer shorts(MessageType type, int... values) {
    ByteBuffer bytes = begin(type, 2 * values.length);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes;
  }

  private static ByteBuffer rectangle(ByteBuffer bytes, Rectangle r) {
    return bytes
        .putShort((short) r.x())
        .putShort((short) r.y())
        .putShort((short) r.width())
        .putShort((short) r.height());
  }

  /** A buffer for the whole message with the header written. */
  private static ByteBuffer begin(MessageType type, int length) {
    Range.check(type + ": length of the payload", length, 0, Protocol.MAX_PAYLOAD_BYTES);
    return ByteBuffer.allocate(Protocol.HEADER_BYTES + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(length)
        .put((byte) type.number())
        .put((byte) 0)
        .putShort((short) Protocol.DISPLAY_CHANNEL);
  }
}
