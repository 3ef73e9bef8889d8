package org.mobidesk.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Whatever a peer sends, the answer is ProtocolException (or the end of the stream), in bounded
 * memory.
 */
class HostilePeerTest {
  /** Enough to reach each branch of the decoders many times; some seconds. */
  private static final int ROUNDS = 10_000;

  private static final int WIDTH = 320;
  private static final int HEIGHT = 200;

  private final Framebuffer screen = new Framebuffer();

  @Test
  void randomPayloadsOfEachType() {
    Random random = new Random(4);
    int refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
      MessageType type = MessageType.values()[random.nextInt(MessageType.values().length)];
      byte[] payload = new byte[random.nextInt(64)];
      random.nextBytes(payload);
      refused += isRefused(message(type.number(), payload)) ? 1 : 0;
    }
    assertTrue(refused > ROUNDS / 10, "only " + refused + " were refused");
  }

  @Test
  void damagedMessages() {
    Random random = new Random(5);
    List<byte[]> originals = originals(random);
    int refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
      byte[] damaged = originals.get(random.nextInt(originals.size())).clone();
      for (int hits = 1 + random.nextInt(4); hits > 0; hits--) {
        // Not the length and, mostly, not the type: those branches have their own tests.
        damaged[4 + random.nextInt(damaged.length - 4)] = (byte) random.nextInt();
      }
      refused += isRefused(damaged) ? 1 : 0;
    }
    assertTrue(refused > ROUNDS / 10, "only " + refused + " were refused");
  }

  /**
   * Messages that are right by themselves, in any order and at the edges of what is there: streams
   * and tiles that exist or do not, screens that change under them.
   */
  @Test
  void messagesInAnyOrder() throws IOException {
    Random random = new Random(6);
    Set<String> accepted = new TreeSet<>();
    int refused = 0;
    for (int i = 0; i < 20 * ROUNDS; i++) {
      MessageToViewer message = any(random);
      try {
        screen.apply(message);
        accepted.add(message.getClass().getSimpleName());
      } catch (ProtocolException e) {
        refused++;
        if (random.nextInt(20) == 0) { // seldom: what is open must have a chance to be used
          screen.apply(new MessageToViewer.ServerHello(2, WIDTH, HEIGHT, 0));
        }
      } catch (RuntimeException e) {
        throw new AssertionError("round " + i + ": " + message, e);
      }
    }
    assertEquals(
        Set.of(
            "Bitmap",
            "Copy",
            "CursorWarp",
            "PatternFill",
            "Raw",
            "ScreenSize",
            "SolidFill",
            "TilePaint",
            "TileStore",
            "VideoClose",
            "VideoFrame",
            "VideoOpen",
            "VideoPlace"),
        accepted);
    assertTrue(refused > ROUNDS / 10, "only " + refused + " were refused");
  }

  private static MessageToViewer any(Random random) {
    int stream = random.nextInt(2);
    int slot = random.nextInt(3);
    Rectangle area = area(random, 32);
    return switch (random.nextInt(14)) {
      case 0 ->
          new MessageToViewer.ScreenSize(
              320 + random.nextInt(2) * 80, 200 + random.nextInt(2) * 80);
      case 1 -> new MessageToViewer.CursorWarp(random.nextInt(400), random.nextInt(280));
      case 2 -> new MessageToViewer.SolidFill(area, random.nextInt());
      case 3 -> new MessageToViewer.Copy(area, random.nextInt(400), random.nextInt(280));
      case 4 -> {
        int bytes = area.width() * area.height() * 4;
        yield new MessageToViewer.Raw(area, RawEncoding.PLAIN, ByteBuffer.allocate(bytes));
      }
      case 5 -> {
        Rectangle tile = area(random, 8);
        int bytes = tile.width() * tile.height() * 4;
        yield new MessageToViewer.PatternFill(
            area,
            tile.width(),
            tile.height(),
            random.nextInt(tile.width()),
            random.nextInt(tile.height()),
            RawEncoding.PLAIN,
            ByteBuffer.allocate(bytes));
      }
      case 6 -> {
        int bytes = (area.width() + 7) / 8 * area.height();
        yield new MessageToViewer.Bitmap(
            area, 1, 2, random.nextBoolean(), Packing.NONE, ByteBuffer.allocate(bytes));
      }
      case 7 ->
          new MessageToViewer.TileStore(List.of(new MessageToViewer.TileStore.Tile(area, slot)));
      case 8 ->
          new MessageToViewer.TilePaint(
              List.of(
                  new MessageToViewer.TilePaint.Tile(
                      slot, random.nextInt(400), random.nextInt(280))));
      case 9, 10 -> anyFrame(random, stream);
      case 11 -> {
        var chroma = VideoFormat.Chroma.values()[random.nextInt(2)];
        yield new MessageToViewer.VideoOpen(
            stream, chroma, VideoFormat.Matrix.BT601, 1 + random.nextInt(4), 4);
      }
      case 12 ->
          new MessageToViewer.VideoPlace(
              stream,
              random.nextInt(400) - 100,
              random.nextInt(400) - 100,
              1 + random.nextInt(500),
              1 + random.nextInt(500),
              List.of(area, area(random, 300)));
      default -> new MessageToViewer.VideoClose(stream);
    };
  }

  private static MessageToViewer anyFrame(Random random, int stream) {
    int y = random.nextInt(3) * 2;
    int height = random.nextBoolean() ? 4 : 2;
    var encoding =
        random.nextInt(4) == 0 ? VideoFormat.Encoding.PLANES_LZ4 : VideoFormat.Encoding.PLANES;
    int width = 1 + random.nextInt(4);
    int bytes = width * height + 2 * ((width + 1) / 2 * height / 2) + slips(random);
    return new MessageToViewer.VideoFrame(
        stream, encoding, random.nextBoolean(), y, height, 0, ByteBuffer.allocate(bytes));
  }

  /** Mostly 0. */
  private static int slips(Random random) {
    return random.nextInt(8) == 0 ? 1 : 0;
  }

  private static Rectangle area(Random random, int most) {
    return new Rectangle(
        random.nextInt(380),
        random.nextInt(270),
        1 + random.nextInt(most),
        1 + random.nextInt(most));
  }

  @Test
  void memoryStaysBelowTheLargestMessage() throws IOException {
    byte[] header =
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(Protocol.MAX_PAYLOAD_BYTES)
            .put((byte) MessageType.RAW.number())
            .array();
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    isRefused(header); // loads the classes, makes the screen
    long before = threads.getCurrentThreadAllocatedBytes();
    isRefused(header);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 2 * Protocol.MAX_PAYLOAD_BYTES, allocated + " bytes for a header alone");
  }

  /** Feeds it to a viewer with a screen and to a session. */
  private boolean isRefused(byte[] bytes) {
    try {
      if (screen.width() != WIDTH || screen.height() != HEIGHT) {
        screen.apply(new MessageToViewer.ServerHello(1, WIDTH, HEIGHT, 0));
      }
      Envelope envelope = new EnvelopeReader(new ByteArrayInputStream(bytes)).read();
      MessageDecoder.toSession(envelope);
      var message = MessageDecoder.toViewer(envelope);
      if (message.isPresent()) {
        screen.apply(message.get());
      }
      return false;
    } catch (ProtocolException | EOFException e) {
      return true;
    } catch (IOException | RuntimeException | Error e) {
      throw new AssertionError("of " + HexFormat.of().formatHex(bytes), e);
    }
  }

  private static List<byte[]> originals(Random random) {
    List<byte[]> originals = new ArrayList<>();
    byte[] pixels = new byte[32 * 32 * 4];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (random.nextInt(8) == 0 ? random.nextInt() : i / 64);
    }
    Rectangle area = new Rectangle(5, 5, 32, 32);
    for (RawEncoding encoding : List.of(RawEncoding.PLAIN, RawEncoding.LZ4, RawEncoding.ZSTD)) {
      var data = FramebufferTest.pack(encoding, pixels);
      originals.add(MessageEncoder.encode(new MessageToViewer.Raw(area, encoding, data)).array());
    }
    Vectors.read("valid.json")
        .forEach(v -> originals.add(HexFormat.of().parseHex(v.getString("hex"))));
    var cursor = new MessageToViewer.CursorShape(4, 4, 1, 1, ByteBuffer.allocate(64));
    originals.add(MessageEncoder.encode(cursor).array());
    originals.add(MessageEncoder.encode(new MessageToViewer.Copy(area, 6, 6)).array());
    originals.add(
        MessageEncoder.encode(
                new MessageToViewer.Status(MessageToViewer.Status.State.MOVING, "moving …"))
            .array());
    originals.add(
        MessageEncoder.encode(new MessageToSession.ClientHello(640, 480, 7, true)).array());
    return originals;
  }

  private static byte[] message(int type, byte[] payload) {
    return ByteBuffer.allocate(Protocol.HEADER_BYTES + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(payload.length)
        .putInt(type)
        .put(payload)
        .array();
  }
}
