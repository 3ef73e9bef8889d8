package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Makes messages of envelopes and checks everything that can be checked without a screen; {@link
 * Framebuffer} checks the rest. Stateless.
 */
public final class MessageDecoder {
  private MessageDecoder() {}

  /**
   * Decodes what a viewer received.
   *
   * @return nothing when the message is to be skipped: an unknown type, or another channel
   * @throws ProtocolException when the payload is too short or has a value that is not allowed
   */
  public static Optional<MessageToViewer> toViewer(Envelope envelope) throws ProtocolException {
    Optional<MessageType> type = typeOf(envelope, Direction.TO_VIEWER);
    return type.isEmpty()
        ? Optional.empty()
        : Optional.of((MessageToViewer) decode(type.get(), envelope.payload()));
  }

  /**
   * Decodes what a session received; otherwise as {@link #toViewer}.
   *
   * @throws ProtocolException when the payload is too short or has a value that is not allowed
   */
  public static Optional<MessageToSession> toSession(Envelope envelope) throws ProtocolException {
    Optional<MessageType> type = typeOf(envelope, Direction.TO_SESSION);
    return type.isEmpty()
        ? Optional.empty()
        : Optional.of((MessageToSession) decode(type.get(), envelope.payload()));
  }

  private static Optional<MessageType> typeOf(Envelope envelope, Direction direction) {
    return envelope.channel() == Protocol.DISPLAY_CHANNEL
        ? MessageType.of(envelope.type(), direction)
        : Optional.empty();
  }

  private static Message decode(MessageType type, ByteBuffer payload) throws ProtocolException {
    if (payload.remaining() < type.leastBytes()) {
      throw new ProtocolException(
          "%s: a payload of %d bytes, at least %d are needed"
              .formatted(type, payload.remaining(), type.leastBytes()));
    }
    try {
      return switch (type) {
        case SERVER_HELLO -> serverHello(payload);
        case SCREEN_SIZE -> new MessageToViewer.ScreenSize(u16(payload), u16(payload));
        case RAW -> raw(payload);
        case SFILL -> new MessageToViewer.SolidFill(rectangle(payload), payload.getInt());
        case COPY -> new MessageToViewer.Copy(rectangle(payload), u16(payload), u16(payload));
        case CURSOR_SHAPE ->
            new MessageToViewer.CursorShape(
                u16(payload), u16(payload), u16(payload), u16(payload), rest(payload));
        case CURSOR_WARP -> new MessageToViewer.CursorWarp(u16(payload), u16(payload));
        case FRAME_END -> new MessageToViewer.FrameEnd(u32(payload), payload.getLong());
        case PONG -> new MessageToViewer.Pong(payload.getLong());
        case BELL -> new MessageToViewer.Bell(u16(payload));
        case STATUS -> status(payload);
        case CLIENT_HELLO -> clientHello(payload);
        case KEY -> new MessageToSession.Key(keysym(payload), flag("pressed", payload));
        case POINTER -> new MessageToSession.Pointer(u16(payload), u16(payload), u16(payload));
        case SET_SIZE -> new MessageToSession.SetSize(u16(payload), u16(payload));
        case ACK -> new MessageToSession.Ack(u32(payload));
        case PING -> new MessageToSession.Ping(payload.getLong());
        case REFRESH -> new MessageToSession.Refresh();
        case RELEASE_ALL -> new MessageToSession.ReleaseAll();
        case QUIESCE -> new MessageToSession.Quiesce();
      };
    } catch (IllegalArgumentException e) {
      throw new ProtocolException(type + ": " + e.getMessage(), e);
    }
  }

  private static Message serverHello(ByteBuffer payload) {
    int version = u16(payload);
    int width = u16(payload);
    int height = u16(payload);
    u16(payload); // reserved
    return new MessageToViewer.ServerHello(version, width, height, payload.getLong());
  }

  private static Message raw(ByteBuffer payload) {
    Rectangle area = rectangle(payload);
    int number = u8(payload);
    RawEncoding encoding =
        RawEncoding.of(number)
            .orElseThrow(() -> new IllegalArgumentException("unknown encoding " + number));
    payload.position(payload.position() + 3); // reserved
    return new MessageToViewer.Raw(area, encoding, payload.slice());
  }

  private static Message status(ByteBuffer payload) {
    int number = u8(payload);
    MessageToViewer.Status.State state =
        MessageToViewer.Status.State.of(number)
            .orElseThrow(() -> new IllegalArgumentException("unknown state " + number));
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(payload).toString();
      return new MessageToViewer.Status(state, text);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the text is not valid UTF-8", e);
    }
  }

  private static Message clientHello(ByteBuffer payload) {
    int version = u16(payload);
    int width = u16(payload);
    int height = u16(payload);
    int bits = payload.getInt();
    return new MessageToSession.ClientHello(
        version, width, height, bits & Integer.MAX_VALUE, bits < 0);
  }

  private static int keysym(ByteBuffer payload) {
    long keysym = u32(payload);
    Range.check("keysym", keysym, 0, MessageToSession.Key.MAX_KEYSYM);
    return (int) keysym;
  }

  private static Rectangle rectangle(ByteBuffer payload) {
    return new Rectangle(u16(payload), u16(payload), u16(payload), u16(payload));
  }

  private static boolean flag(String name, ByteBuffer payload) {
    int value = u8(payload);
    Range.check(name, value, 0, 1);
    return value == 1;
  }

  /** A copy of what is left of the payload. */
  private static ByteBuffer rest(ByteBuffer payload) {
    ByteBuffer own = ByteBuffer.allocate(payload.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    return own.put(payload).flip();
  }

  private static int u8(ByteBuffer payload) {
    return Byte.toUnsignedInt(payload.get());
  }

  private static int u16(ByteBuffer payload) {
    return Short.toUnsignedInt(payload.getShort());
  }

  private static long u32(ByteBuffer payload) {
    return Integer.toUnsignedLong(payload.getInt());
  }
}
