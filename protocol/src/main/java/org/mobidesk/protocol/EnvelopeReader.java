package org.mobidesk.protocol;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;

/**
 * Cuts a byte stream into whole messages. It reads ahead as much as its source has, so the source
 * belongs to it from the first call on. Memory: one buffer that grows with the messages that really
 * come, never above the largest message. Not safe for use by several threads.
 */
public final class EnvelopeReader {
  /** Large enough for most messages, and for one read to take what a socket holds. */
  private static final int INITIAL_BYTES = 1 << 16;

  private static final int LARGEST_BYTES = Protocol.HEADER_BYTES + Protocol.MAX_PAYLOAD_BYTES;

  private final Source source;
  private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long position;

  /** Reads from a blocking stream. */
  public EnvelopeReader(InputStream in) {
    this(target -> readInto(in, target));
  }

  /** Reads from a channel in blocking mode. */
  public EnvelopeReader(ReadableByteChannel channel) {
    this(channel::read);
  }

  private EnvelopeReader(Source source) {
    this.source = source;
    buffer.limit(0);
  }

  /**
   * Waits for the next whole message, of known or unknown type.
   *
   * @return the message, valid until the next call, or null at an orderly end of the stream
   * @throws ProtocolException when the length is above the maximum; the stream is unusable from
   *     then on
   * @throws EOFException when the stream ends inside of a message
   */
  public Envelope read() throws IOException {
    if (!fill(Protocol.HEADER_BYTES)) {
      return null;
    }
    long length = Integer.toUnsignedLong(buffer.getInt(buffer.position()));
    if (length > Protocol.MAX_PAYLOAD_BYTES) {
      throw new ProtocolException(
          "message at byte %d of the stream, type %d: a payload of %d bytes, allowed are %d"
              .formatted(
                  position,
                  Byte.toUnsignedInt(buffer.get(buffer.position() + 4)),
                  length,
                  Protocol.MAX_PAYLOAD_BYTES));
    }
    int size = Protocol.HEADER_BYTES + (int) length;
    if (!fill(size)) {
      throw endedInside();
    }
    Envelope envelope = new Envelope(buffer.slice(buffer.position(), size));
    buffer.position(buffer.position() + size);
    position += size;
    return envelope;
  }

  /** Bytes of all messages returned so far. */
  public long position() {
    return position;
  }

  /** Whether a whole message is there already, so that {@link #read} would not wait. */
  public boolean hasBuffered() {
    int there = buffer.remaining();
    return there >= Protocol.HEADER_BYTES
        && Integer.toUnsignedLong(buffer.getInt(buffer.position()))
            <= there - Protocol.HEADER_BYTES;
  }

  /** Makes `needed` bytes available; false when the stream ends before the first of a message. */
  private boolean fill(int needed) throws IOException {
    while (buffer.remaining() < needed) {
      makeRoom(needed);
      int begin = buffer.position();
      int end = buffer.limit();
      buffer.position(end).limit(buffer.capacity());
      int count;
      try {
        count = source.read(buffer);
      } finally {
        buffer.limit(buffer.position()).position(begin);
      }
      if (count < 0) {
        if (buffer.hasRemaining()) {
          throw endedInside();
        }
        return false;
      }
    }
    return true;
  }

  private void makeRoom(int needed) {
    if (buffer.capacity() < needed && buffer.remaining() == buffer.capacity()) {
      int larger = Math.min(LARGEST_BYTES, buffer.capacity() * 2);
      buffer = ByteBuffer.allocate(larger).order(ByteOrder.LITTLE_ENDIAN).put(buffer).flip();
    } else if (buffer.position() > 0 && buffer.capacity() - buffer.position() < needed) {
      buffer.compact().flip();
    }
  }

  private EOFException endedInside() {
    return new EOFException(
        "the stream ended inside of the message that begins at its byte %d".formatted(position));
  }

  private static int readInto(InputStream in, ByteBuffer target) throws IOException {
    int count = in.read(target.array(), target.position(), target.remaining());
    if (count > 0) {
      target.position(target.position() + count);
    }
    return count;
  }

  /** Reads at least one byte to the position of the buffer, or returns -1. */
  @FunctionalInterface
  private interface Source {
    int read(ByteBuffer target) throws IOException;
  }
}
