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
      case CLIENT_HELLO ->
          new MessageToSession.ClientHello(
              m.getInt("version"),
              m.getInt("width"),
              m.getInt("height"),
              m.getInt("encodings"),
              m.getBoolean("viewOnly"));
      case KEY -> new MessageToSession.Key(m.getInt("keysym"), m.getBoolean("pressed"));
      case POINTER ->
          new MessageToSession.Pointer(m.getInt("x"), m.getInt("y"), m.getInt("buttons"));
      case SET_SIZE -> new MessageToSession.SetSize(m.getInt("width"), m.getInt("height"));
      case ACK -> new MessageToSession.Ack(u32(m, "frame"));
      case PING -> new MessageToSession.Ping(u64(m, "value"));
      case REFRESH -> new MessageToSession.Refresh();
      case RELEASE_ALL -> new MessageToSession.ReleaseAll();
      case QUIESCE -> new MessageToSession.Quiesce();
    };
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
