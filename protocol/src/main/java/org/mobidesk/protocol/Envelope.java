package org.mobidesk.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One whole message as it was received, not decoded: what a relay forwards. It borrows the reader's
 * buffer, and is valid until the next message is read; {@link #copy} outlives it. Not safe for use
 * by several threads.
 */
public final class Envelope {
  private final ByteBuffer bytes;

  /** Takes header and payload, position to limit. */
  Envelope(ByteBuffer bytes) {
    this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Number of the type, known or not: 0 to 255. */
  public int type() {
    return Byte.toUnsignedInt(bytes.get(4));
  }

  /** Whether it is of that type, on the channel where types have a meaning. */
  public boolean is(MessageType type) {
    return channel() == Protocol.DISPLAY_CHANNEL && type() == type.number();
  }

  public int channel() {
    return Short.toUnsignedInt(bytes.getShort(6));
  }

  /** Length of header and payload, in bytes. */
  public int size() {
    return bytes.limit();
  }

  /**
   * Header and payload, ready to be written to the next connection; a view that is the caller's to
   * move.
   */
  public ByteBuffer bytes() {
    return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The payload alone, little-endian; shares the bytes. */
  ByteBuffer payload() {
    return bytes
        .slice(Protocol.HEADER_BYTES, bytes.limit() - Protocol.HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The same message in memory of its own. */
  public Envelope copy() {
    ByteBuffer own = ByteBuffer.allocate(bytes.limit());
    own.put(bytes.duplicate()).flip();
    return new Envelope(own);
  }
}
