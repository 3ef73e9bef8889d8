package org.mobidesk.protocol;

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
