package org.mobidesk.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EnvelopeReaderTest {

  /**
   * Messages from nothing to the largest, whose bytes arrive in pieces of random sizes, come out
   * whole.
   */
  @Test
  void messagesComeOutWholeHoweverTheirBytesArrive() throws IOException {
    Random random = new Random(1);
    List<byte[]> sent = new ArrayList<>();
    for (int length :
        new int[] {0, 1, 7, 65528, 65529, 3, 300_000, Protocol.MAX_PAYLOAD_BYTES, 5}) {
      sent.add(unknown(length, random));
    }
    EnvelopeReader reader = new EnvelopeReader(new Trickle(join(sent), random));
    for (byte[] message : sent) {
      Envelope envelope = reader.read();
      assertEquals(message.length, envelope.size());
      assertArrayEquals(message, toArray(envelope.bytes()));
    }
    assertNull(reader.read());
    assertEquals(join(sent).length, reader.position());
  }

  @Test
  void aRelayForwardsWhatItReadsFromAChannel() throws IOException {
    byte[] hello =
        MessageEncoder.encode(new MessageToSession.ClientHello(1280, 800, 7, false)).array();
    byte[] unknown = unknown(1000, new Random(2));
    Pipe pipe = Pipe.open();
    try (var sink = pipe.sink();
        var source = pipe.source()) {
      sink.write(ByteBuffer.wrap(join(List.of(hello, unknown))));
      EnvelopeReader reader = new EnvelopeReader(source);
      Envelope first = reader.read().copy();
      assertTrue(reader.hasBuffered());
      Envelope second = reader.read();
      assertFalse(reader.hasBuffered());
      ByteArrayOutputStream forwarded = new ByteArrayOutputStream();
      var out = Channels.newChannel(forwarded);
      out.write(first.bytes());
      out.write(second.bytes());
      assertArrayEquals(join(List.of(hello, unknown)), forwarded.toByteArray());
      assertTrue(first.is(MessageType.CLIENT_HELLO));
      assertEquals(100, second.type());
      assertEquals(9, second.channel());
    }
  }

  @Test
  void aLengthAboveTheMaximumSaysWhere() throws IOException {
    byte[] good = MessageEncoder.encode(new MessageToSession.Ping(1)).array();
    byte[] bad = {1, 0, 16, 0, 77, 0, 0, 0};
    EnvelopeReader reader = new EnvelopeReader(new ByteArrayInputStream(join(List.of(good, bad))));
    reader.read();
    var error = assertThrows(ProtocolException.class, reader::read);
    assertEquals(
        "message at byte 16 of the stream, type 77: a payload of 1048577 bytes, allowed are 1048576",
        error.getMessage());
  }

  private static byte[] unknown(int length, Random random) {
    byte[] message = new byte[Protocol.HEADER_BYTES + length];
    random.nextBytes(message);
    ByteBuffer.wrap(message)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putInt(length)
        .put((byte) 100)
        .put((byte) 0)
        .putShort((short) 9);
    return message;
  }

  private static byte[] join(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static byte[] toArray(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }

  /** Gives its bytes in pieces of random sizes. */
  private static final class Trickle extends InputStream {
    private final ByteArrayInputStream bytes;
    private final Random random;

    Trickle(byte[] bytes, Random random) {
      this.bytes = new ByteArrayInputStream(bytes);
      this.random = random;
    }

    @Override
    public int read() {
      return bytes.read();
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      return bytes.read(target, offset, Math.min(length, 1 + random.nextInt(20_000)));
    }
  }
}
