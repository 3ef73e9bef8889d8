package org.mobidesk.connector;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * One frame of the stream of a command inside a session (docs/hostd-protocol.md): kind, length,
 * data.
 *
 * @param data its bytes; the record does not copy them
 */
public record ExecFrame(Kind kind, byte[] data) {

  /** In the order of their numbers on the wire, from 0. */
  public enum Kind {
    /** To the command; no data: end of its standard input. */
    STDIN,
    STDOUT,
    STDERR,
    /** The last one: see {@link ExecFrame#exitStatus()}. */
    EXIT,
    /** A message of the daemon for people: why the command was ended. */
    MESSAGE
  }

  private static final int HEADER_BYTES = 5;

  /** More than any frame that a daemon writes: what is longer is no frame. */
  private static final int MAX_DATA_BYTES = 1 << 20;

  private static final Kind[] KINDS = Kind.values();

  /**
   * Reads the next frame.
   *
   * @return null at the end of the stream
   * @throws EOFException when the stream ends inside of a frame
   * @throws IOException when what comes is no frame
   */
  public static ExecFrame read(ReadableByteChannel channel) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (!fill(channel, header)) {
      return null;
    }
    int kind = header.get(0);
    int length = header.getInt(1);
    if (kind < 0 || kind >= KINDS.length || length < 0 || length > MAX_DATA_BYTES) {
      throw new IOException(
          "not a frame of a command's stream: kind " + kind + ", length " + length);
    }
    ByteBuffer data = ByteBuffer.allocate(length);
    if (length > 0 && !fill(channel, data)) {
      throw new EOFException("the stream of a command ended inside of a frame");
    }
    return new ExecFrame(KINDS[kind], data.array());
  }

  /** Writes all of this frame. */
  public void write(WritableByteChannel channel) throws IOException {
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER_BYTES + data.length).order(ByteOrder.LITTLE_ENDIAN);
    frame.put((byte) kind.ordinal()).putInt(data.length).put(data).flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /**
   * The exit status of the command; 128 and the number of the signal that killed it.
   *
   * @throws IllegalStateException when this is another frame
   */
  public int exitStatus() {
    if (kind != Kind.EXIT || data.length != Integer.BYTES) {
      throw new IllegalStateException(
          "no exit status: " + kind + " with " + data.length + " bytes");
    }
    return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  /** The data as text. */
  public String text() {
    return new String(data, StandardCharsets.UTF_8);
  }

  /** False at the end of the stream before the first byte. */
  private static boolean fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return false;
        }
        throw new EOFException("the stream of a command ended inside of a frame");
      }
    }
    return true;
  }
}
