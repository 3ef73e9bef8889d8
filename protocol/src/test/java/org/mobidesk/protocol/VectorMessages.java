package org.mobidesk.protocol;

import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Makes messages of the fields that the shared vectors name. */
final class VectorMessages {
  private VectorMessages() {}

  static Message of(JsonObject m) {
    return switch (MessageType.valueOf(m.getString("type"))) {
      case SERVER_HELLO ->
          new MessageToViewer.ServerHello(
              m.getInt("version"), m.getInt("width"), m.getInt("height"), u64(m, "time"));
      case SCREEN_SIZE -> new MessageToViewer.ScreenSize(m.getInt("width"), m.getInt("height"));
      case RAW ->
          new MessageToViewer.Raw(
              rectangle(m), RawEncoding.of(m.getInt("encoding")).orElseThrow(), bytes(m, "data"));
      case SFILL -> new MessageToViewer.SolidFill(rectangle(m), (int) u32(m, "pixel"));
      case COPY ->
          new MessageToViewer.Copy(
              rectangle(m), m.getInt("destinationX"), m.getInt("destinationY"));
      case CURSOR_SHAPE ->
          new MessageToViewer.CursorShape(
              m.getInt("width"),
              m.getInt("height"),
              m.getInt("hotX"),
              m.getInt("hotY"),
              bytes(m, "pixels"));
      case CURSOR_WARP -> new MessageToViewer.CursorWarp(m.getInt("x"), m.getInt("y"));
      case FRAME_END -> new MessageToViewer.FrameEnd(u32(m, "frame"), u64(m, "time"));
      case PONG -> new MessageToViewer.Pong(u64(m, "value"));
      case BELL -> new MessageToViewer.Bell(m.getInt("volume"));
      case STATUS ->
          new MessageToViewer.Status(
              MessageToViewer.Status.State.of(m.getInt("state")).orElseThrow(),
              m.getString("text"));
      case CLIENT_HELLO -> clientHello(m);
      case KEY -> new MessageToSession.Key(m.getInt("keysym"), m.getBoolean("pressed"));
      case POINTER ->
          new MessageToSession.Pointer(m.getInt("x"), m.getInt("y"), m.getInt("buttons"));
      case SET_SIZE -> new MessageToSession.SetSize(m.getInt("width"), m.getInt("height"));
      case ACK -> new MessageToSession.Ack(u32(m, "frame"), u32(m, "decode"), u32(m, "wait"));
      case PING -> new MessageToSession.Ping(u64(m, "value"));
      case REFRESH -> new MessageToSession.Refresh();
      case RELEASE_ALL -> new MessageToSession.ReleaseAll();
      case QUIESCE -> new MessageToSession.Quiesce();
      case PFILL ->
          new MessageToViewer.PatternFill(
              rectangle(m),
              m.getInt("tileWidth"),
              m.getInt("tileHeight"),
              m.getInt("originX"),
              m.getInt("originY"),
              RawEncoding.of(m.getInt("encoding")).orElseThrow(),
              bytes(m, "data"));
      case BITMAP ->
          new MessageToViewer.Bitmap(
              rectangle(m),
              (int) u32(m, "foreground"),
              (int) u32(m, "background"),
              m.getBoolean("transparent"),
              Packing.of(m.getInt("packing")).orElseThrow(),
              bytes(m, "data"));
      case TILE_STORE ->
          new MessageToViewer.TileStore(
              m.getJsonArray("tiles").getValuesAs(JsonObject.class).stream()
                  .map(t -> new MessageToViewer.TileStore.Tile(rectangle(t), t.getInt("slot")))
                  .toList());
      case TILE_PAINT ->
          new MessageToViewer.TilePaint(
              m.getJsonArray("tiles").getValuesAs(JsonObject.class).stream()
                  .map(
                      t ->
                          new MessageToViewer.TilePaint.Tile(
                              t.getInt("slot"), t.getInt("x"), t.getInt("y")))
                  .toList());
      case VIDEO_OPEN ->
          new MessageToViewer.VideoOpen(
              m.getInt("stream"),
              VideoFormat.Chroma.of(m.getInt("chroma")).orElseThrow(),
              VideoFormat.Matrix.of(m.getInt("matrix")).orElseThrow(),
              m.getInt("width"),
              m.getInt("height"));
      case VIDEO_PLACE ->
          new MessageToViewer.VideoPlace(
              m.getInt("stream"),
              m.getInt("x"),
              m.getInt("y"),
              m.getInt("width"),
              m.getInt("height"),
              m.getJsonArray("clips").getValuesAs(JsonObject.class).stream()
                  .map(VectorMessages::rectangle)
                  .toList());
      case VIDEO_FRAME ->
          new MessageToViewer.VideoFrame(
              m.getInt("stream"),
              VideoFormat.Encoding.of(m.getInt("encoding")).orElseThrow(),
              m.getBoolean("last"),
              m.getInt("y"),
              m.getInt("height"),
              u64(m, "time"),
              bytes(m, "data"));
      case VIDEO_CLOSE -> new MessageToViewer.VideoClose(m.getInt("stream"));
      case MARK -> new MessageToViewer.Mark(u32(m, "number"));
      case CHANNEL_CREDIT_TO_VIEWER ->
          new MessageToViewer.ChannelCredit(m.getInt("channel"), u32(m, "bytes"));
      case VIEWERS -> new MessageToViewer.Viewers(m.getInt("count"), m.getInt("viewOnly"));
      case TEXT -> new MessageToSession.Text(m.getString("text"));
      case TOUCH ->
          new MessageToSession.Touch(
              MessageToSession.Touch.Action.of(m.getInt("action")).orElseThrow(),
              m.getInt("finger"),
              m.getInt("x"),
              m.getInt("y"));
      case SCROLL -> new MessageToSession.Scroll(m.getInt("dx"), m.getInt("dy"));
      case MARKED -> new MessageToSession.Marked(u32(m, "number"), u32(m, "decode"));
      case CHANNEL_CREDIT_TO_SESSION ->
          new MessageToSession.ChannelCredit(m.getInt("channel"), u32(m, "bytes"));
    };
  }

  private static Message clientHello(JsonObject m) {
    int width = m.getInt("width");
    int height = m.getInt("height");
    int encodings = m.getInt("encodings");
    boolean viewOnly = m.getBoolean("viewOnly");
    return m.getInt("version") < 2
        ? new MessageToSession.ClientHello(width, height, encodings, viewOnly)
        : new MessageToSession.ClientHello(
            m.getInt("version"),
            width,
            height,
            encodings,
            viewOnly,
            (int) u32(m, "videoEncodings"),
            m.getInt("tileSlots"),
            MessageToSession.ClientHello.Attach.of(m.getInt("attach")).orElseThrow());
  }

  private static Rectangle rectangle(JsonObject m) {
    return new Rectangle(m.getInt("x"), m.getInt("y"), m.getInt("width"), m.getInt("height"));
  }

  private static long u32(JsonObject m, String name) {
    return m.getJsonNumber(name).longValueExact();
  }

  private static long u64(JsonObject m, String name) {
    return Long.parseUnsignedLong(m.getString(name));
  }

  private static ByteBuffer bytes(JsonObject m, String name) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(m.getString(name)));
  }
}
