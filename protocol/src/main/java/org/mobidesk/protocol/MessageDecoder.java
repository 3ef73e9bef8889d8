package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

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
        case PFILL -> patternFill(payload);
        case BITMAP -> bitmap(payload);
        case TILE_STORE -> tileStore(payload);
        case TILE_PAINT -> tilePaint(payload);
        case VIDEO_OPEN -> videoOpen(payload);
        case VIDEO_PLACE -> videoPlace(payload);
        case VIDEO_FRAME -> videoFrame(payload);
        case VIDEO_CLOSE -> new MessageToViewer.VideoClose(u16(payload));
        case MARK -> new MessageToViewer.Mark(u32(payload));
        case CHANNEL_CREDIT_TO_VIEWER ->
            new MessageToViewer.ChannelCredit(channel(payload), u32(payload));
        case VIEWERS -> new MessageToViewer.Viewers(u16(payload), u16(payload));
        case CLIENT_HELLO -> clientHello(payload);
        case KEY -> new MessageToSession.Key(keysym(payload), flag("pressed", payload));
        case POINTER -> new MessageToSession.Pointer(u16(payload), u16(payload), u16(payload));
        case SET_SIZE -> new MessageToSession.SetSize(u16(payload), u16(payload));
        case ACK -> ack(payload);
        case PING -> new MessageToSession.Ping(payload.getLong());
        case REFRESH -> new MessageToSession.Refresh();
        case RELEASE_ALL -> new MessageToSession.ReleaseAll();
        case TEXT -> new MessageToSession.Text(utf8(payload));
        case TOUCH -> touch(payload);
        case SCROLL -> new MessageToSession.Scroll(payload.getShort(), payload.getShort());
        case MARKED -> new MessageToSession.Marked(u32(payload), u32(payload));
        case CHANNEL_CREDIT_TO_SESSION ->
            new MessageToSession.ChannelCredit(channel(payload), u32(payload));
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
    RawEncoding encoding = known("encoding", u8(payload), RawEncoding::of);
    skip(3, payload);
    return new MessageToViewer.Raw(area, encoding, payload.slice());
  }

  private static Message status(ByteBuffer payload) {
    MessageToViewer.Status.State state =
        known("state", u8(payload), MessageToViewer.Status.State::of);
    return new MessageToViewer.Status(state, utf8(payload));
  }

  private static String utf8(ByteBuffer payload) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(payload).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the text is not valid UTF-8", e);
    }
  }

  private static Message patternFill(ByteBuffer payload) {
    Rectangle area = rectangle(payload);
    int width = u16(payload);
    int height = u16(payload);
    int originX = u16(payload);
    int originY = u16(payload);
    RawEncoding encoding = known("encoding", u8(payload), RawEncoding::of);
    skip(3, payload);
    return new MessageToViewer.PatternFill(
        area, width, height, originX, originY, encoding, payload.slice());
  }

  private static Message bitmap(ByteBuffer payload) {
    Rectangle area = rectangle(payload);
    int foreground = payload.getInt();
    int background = payload.getInt();
    boolean transparent = flag("transparent", payload);
    Packing packing = known("packing", u8(payload), Packing::of);
    skip(2, payload);
    return new MessageToViewer.Bitmap(
        area, foreground, background, transparent, packing, payload.slice());
  }

  private static Message tileStore(ByteBuffer payload) {
    List<MessageToViewer.TileStore.Tile> tiles = new ArrayList<>();
    for (int left = entries(payload, 12); left > 0; left--) {
      Rectangle area = rectangle(payload);
      tiles.add(new MessageToViewer.TileStore.Tile(area, u16(payload)));
      skip(2, payload);
    }
    return new MessageToViewer.TileStore(tiles);
  }

  private static Message tilePaint(ByteBuffer payload) {
    List<MessageToViewer.TilePaint.Tile> tiles = new ArrayList<>();
    for (int left = entries(payload, 6); left > 0; left--) {
      tiles.add(new MessageToViewer.TilePaint.Tile(u16(payload), u16(payload), u16(payload)));
    }
    return new MessageToViewer.TilePaint(tiles);
  }

  private static Message videoOpen(ByteBuffer payload) {
    int stream = u16(payload);
    VideoFormat.Chroma chroma = known("chroma", u8(payload), VideoFormat.Chroma::of);
    VideoFormat.Matrix matrix = known("matrix", u8(payload), VideoFormat.Matrix::of);
    return new MessageToViewer.VideoOpen(stream, chroma, matrix, u16(payload), u16(payload));
  }

  private static Message videoPlace(ByteBuffer payload) {
    int stream = u16(payload);
    skip(2, payload);
    int x = payload.getShort();
    int y = payload.getShort();
    int width = u16(payload);
    int height = u16(payload);
    List<Rectangle> clips = new ArrayList<>();
    for (int left = entries(payload, 8); left > 0; left--) {
      clips.add(rectangle(payload));
    }
    return new MessageToViewer.VideoPlace(stream, x, y, width, height, clips);
  }

  private static Message videoFrame(ByteBuffer payload) {
    int stream = u16(payload);
    VideoFormat.Encoding encoding = known("encoding", u8(payload), VideoFormat.Encoding::of);
    boolean last = flag("last", payload);
    int y = u16(payload);
    int height = u16(payload);
    long time = payload.getLong();
    return new MessageToViewer.VideoFrame(stream, encoding, last, y, height, time, payload.slice());
  }

  /** An ACK of version 1 has no times. */
  private static Message ack(ByteBuffer payload) {
    long frame = u32(payload);
    return payload.remaining() < 8
        ? new MessageToSession.Ack(frame)
        : new MessageToSession.Ack(frame, u32(payload), u32(payload));
  }

  private static Message touch(ByteBuffer payload) {
    MessageToSession.Touch.Action action =
        known("action", u8(payload), MessageToSession.Touch.Action::of);
    return new MessageToSession.Touch(action, u8(payload), u16(payload), u16(payload));
  }

  private static Message clientHello(ByteBuffer payload) {
    int version = u16(payload);
    int width = u16(payload);
    int height = u16(payload);
    int bits = payload.getInt();
    int encodings = bits & Integer.MAX_VALUE;
    if (version < 2) {
      Range.check("version", version, 1, 1);
      return new MessageToSession.ClientHello(width, height, encodings, bits < 0);
    }
    Range.require(
        payload.remaining() >= 8, "the hello of version " + version + " needs a longer payload");
    int videoEncodings = payload.getInt();
    int tileSlots = u16(payload);
    var attach = known("attach", u8(payload), MessageToSession.ClientHello.Attach::of);
    return new MessageToSession.ClientHello(
        version, width, height, encodings, bits < 0, videoEncodings, tileSlots, attach);
  }

  private static int channel(ByteBuffer payload) {
    int channel = u16(payload);
    skip(2, payload);
    return channel;
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

  private static <T> T known(String name, int number, IntFunction<Optional<T>> values) {
    return values
        .apply(number)
        .orElseThrow(() -> new IllegalArgumentException("unknown " + name + " " + number));
  }

  /** Of how many entries of a size the rest of the payload is made. */
  private static int entries(ByteBuffer payload, int bytes) {
    Range.require(
        payload.remaining() % bytes == 0,
        "%d bytes are not whole entries of %d".formatted(payload.remaining(), bytes));
    return payload.remaining() / bytes;
  }

  /** Passes over reserved bytes. */
  private static void skip(int bytes, ByteBuffer payload) {
    payload.position(payload.position() + bytes);
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
