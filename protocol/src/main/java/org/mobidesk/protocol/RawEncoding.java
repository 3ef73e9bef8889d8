package org.mobidesk.protocol;

import java.util.Optional;

/** How the pixels of a RAW message are packed; numbers on the wire begin at 0 in this order. */
public enum RawEncoding {
  /** B, G, R, X as they are. */
  PLAIN,
  /** One LZ4 block. */
  LZ4,
  /** One zstd frame. */
  ZSTD,
  /** A JPEG picture: an approximation, which the exact pixels follow. */
  JPEG,
  /** Planes of differences to what neighbours predict, as one zstd frame: for photographs. */
  PREDICTED,
  /** A palette and packed indices into it. */
  PALETTE;

  /** Bit set of all of them, for CLIENT_HELLO. */
  public static final int ALL = (1 << values().length) - 1;

  /** The number on the wire. */
  public int number() {
    return ordinal();
  }

  static Optional<RawEncoding> of(int number) {
    return number >= 0 && number < values().length
        ? Optional.of(values()[number])
        : Optional.empty();
  }
}
