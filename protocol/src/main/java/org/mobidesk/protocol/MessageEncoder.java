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
      case MessageToViewer.PatternFill m -> patternFill(m);
      case MessageToViewer.Bitmap m -> bitmap(m);
      case MessageToViewer.TileStore m -> tileStore(m);
      case MessageToViewer.TilePaint m -> tilePaint(m);
      case MessageToViewer.VideoOpen m -> videoOpen(m);
      case MessageToViewer.VideoPlace m -> videoPlace(m);
      case MessageToViewer.VideoFrame m -> videoFrame(m);
      case MessageToViewer.VideoClose m -> shorts(MessageType.VIDEO_CLOSE, m.stream()).flip();
      case MessageToViewer.Mark m -> begin(MessageType.MARK, 4).putInt((int) m.number()).flip();
      case MessageToViewer.ChannelCredit m ->
          credit(MessageType.CHANNEL_CREDIT_TO_VIEWER, m.channel(), m.bytes());
      case MessageToViewer.Viewers m -> shorts(MessageType.VIEWERS, m.count(), m.viewOnly()).flip();
      case MessageToSession.ClientHello m -> clientHello(m);
      case MessageToSession.Key m ->
          begin(MessageType.KEY, 5).putInt(m.keysym()).put((byte) (m.pressed() ? 1 : 0)).flip();
      case MessageToSession.Pointer m ->
          shorts(MessageType.POINTER, m.x(), m.y(), m.buttons()).flip();
      case MessageToSession.SetSize m -> shorts(MessageType.SET_SIZE, m.width(), m.height()).flip();
      case MessageToSession.Ack m ->
          begin(MessageType.ACK, 12)
              .putInt((int) m.frame())
              .putInt((int) m.decodeMicros())
              .putInt((int) m.waitMicros())
              .flip();
      case MessageToSession.Ping m -> begin(MessageType.PING, 8).putLong(m.value()).flip();
      case MessageToSession.Refresh() -> begin(MessageType.REFRESH, 0).flip();
      case MessageToSession.ReleaseAll() -> begin(MessageType.RELEASE_ALL, 0).flip();
      case MessageToSession.Text m -> {
        byte[] text = m.text().getBytes(StandardCharsets.UTF_8);
        yield begin(MessageType.TEXT, text.length).put(text).flip();
      }
      case MessageToSession.Touch m ->
          begin(MessageType.TOUCH, 6)
              .put((byte) m.action().number())
              .put((byte) m.finger())
              .putShort((short) m.x())
              .putShort((short) m.y())
              .flip();
      case MessageToSession.Scroll m -> shorts(MessageType.SCROLL, m.dx(), m.dy()).flip();
      case MessageToSession.Marked m ->
          begin(MessageType.MARKED, 8)
              .putInt((int) m.number())
              .putInt((int) m.decodeMicros())
              .flip();
      case MessageToSession.ChannelCredit m ->
          credit(MessageType.CHANNEL_CREDIT_TO_SESSION, m.channel(), m.bytes());
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
    ByteBuffer bytes =
        begin(MessageType.CLIENT_HELLO, m.version() < 2 ? 10 : 18)
            .putShort((short) m.version())
            .putShort((short) m.width())
            .putShort((short) m.height())
            .putInt(m.encodings() | (m.viewOnly() ? Integer.MIN_VALUE : 0));
    if (m.version() >= 2) {
      bytes
          .putInt(m.videoEncodings())
          .putShort((short) m.tileSlots())
          .putShort((short) m.attach().number()); // u8 and a reserved byte
    }
    return bytes.flip();
  }

  private static ByteBuffer patternFill(MessageToViewer.PatternFill m) {
    return rectangle(begin(MessageType.PFILL, 20 + m.data().remaining()), m.area())
        .putShort((short) m.tileWidth())
        .putShort((short) m.tileHeight())
        .putShort((short) m.originX())
        .putShort((short) m.originY())
        .putInt(m.encoding().number()) // u8 and three reserved bytes
        .put(m.data().duplicate())
        .flip();
  }

  private static ByteBuffer bitmap(MessageToViewer.Bitmap m) {
    return rectangle(begin(MessageType.BITMAP, 20 + m.data().remaining()), m.area())
        .putInt(m.foreground())
        .putInt(m.background())
        .put((byte) (m.transparent() ? 1 : 0))
        .put((byte) m.packing().number())
        .putShort((short) 0)
        .put(m.data().duplicate())
        .flip();
  }

  private static ByteBuffer tileStore(MessageToViewer.TileStore m) {
    ByteBuffer bytes = begin(MessageType.TILE_STORE, 12 * m.tiles().size());
    for (MessageToViewer.TileStore.Tile tile : m.tiles()) {
      rectangle(bytes, tile.area()).putInt(tile.slot()); // u16 and two reserved bytes
    }
    return bytes.flip();
  }

  private static ByteBuffer tilePaint(MessageToViewer.TilePaint m) {
    ByteBuffer bytes = begin(MessageType.TILE_PAINT, 6 * m.tiles().size());
    for (MessageToViewer.TilePaint.Tile tile : m.tiles()) {
      bytes.putShort((short) tile.slot()).putShort((short) tile.x()).putShort((short) tile.y());
    }
    return bytes.flip();
  }

  private static ByteBuffer videoOpen(MessageToViewer.VideoOpen m) {
    return begin(MessageType.VIDEO_OPEN, 8)
        .putShort((short) m.stream())
        .put((byte) m.chroma().number())
        .put((byte) m.matrix().number())
        .putShort((short) m.width())
        .putShort((short) m.height())
        .flip();
  }

  private static ByteBuffer videoPlace(MessageToViewer.VideoPlace m) {
    ByteBuffer bytes =
        begin(MessageType.VIDEO_PLACE, 12 + 8 * m.clips().size())
            .putInt(m.stream()) // u16 and two reserved bytes
            .putShort((short) m.x())
            .putShort((short) m.y())
            .putShort((short) m.width())
            .putShort((short) m.height());
    m.clips().forEach(clip -> rectangle(bytes, clip));
    return bytes.flip();
  }

  private static ByteBuffer videoFrame(MessageToViewer.VideoFrame m) {
    return begin(MessageType.VIDEO_FRAME, 16 + m.data().remaining())
        .putShort((short) m.stream())
        .put((byte) m.encoding().number())
        .put((byte) (m.last() ? 1 : 0))
        .putShort((short) m.y())
        .putShort((short) m.height())
        .putLong(m.time())
        .put(m.data().duplicate())
        .flip();
  }

  private static ByteBuffer credit(MessageType type, int channel, long bytes) {
    return begin(type, 8).putInt(channel).putInt((int) bytes).flip();
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
