package org.mobidesk.protocol;

import java.util.Optional;

/** How bytes inside of a message are packed; numbers on the wire begin at 0 in this order. */
public enum Packing {
  /** As they are. */
  NONE,
  /** One LZ4 block. */
  LZ4,
  /** One zstd frame. */
  ZSTD;

  /** The number on the wire. */
  public int number() {
    return ordinal();
  }

  static Optional<Packing> of(int number) {
    return number >= 0 && number < values().length
        ? Optional.of(values()[number])
        : Optional.empty();
  }
}
