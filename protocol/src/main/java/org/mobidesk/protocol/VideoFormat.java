package org.mobidesk.protocol;

import java.util.Optional;

/** What the pictures of a video are like. Numbers on the wire begin at 0 in the order given. */
public final class VideoFormat {
  private VideoFormat() {}

  /** How many chroma samples there are. */
  public enum Chroma {
    /** One for each 2x2 pixels: planes as I420 has them. */
    YUV420(2),
    /** One for each 2x1 pixels. */
    YUV422(1);

    private final int rowsForEach;

    Chroma(int rowsForEach) {
      this.rowsForEach = rowsForEach;
    }

    /** The number on the wire. */
    public int number() {
      return ordinal();
    }

    /** Samples in a row of a chroma plane. */
    public int chromaWidth(int width) {
      return (width + 1) / 2;
    }

    /** Rows of a chroma plane. */
    public int chromaHeight(int height) {
      return (height + rowsForEach - 1) / rowsForEach;
    }

    /** Bytes of all three planes, without padding. */
    public int bytes(int width, int height) {
      return width * height + 2 * chromaWidth(width) * chromaHeight(height);
    }

    static Optional<Chroma> of(int number) {
      return number >= 0 && number < values().length
          ? Optional.of(values()[number])
          : Optional.empty();
    }
  }

  /** What the samples of plain planes mean; JPEG is always BT.601 of full range. */
  public enum Matrix {
    /** BT.601, luma 16 to 235. */
    BT601,
    /** BT.709, luma 16 to 235. */
    BT709,
    /** BT.601, 0 to 255, as in JFIF. */
    FULL;

    /** The number on the wire. */
    public int number() {
      return ordinal();
    }

    static Optional<Matrix> of(int number) {
      return number >= 0 && number < values().length
          ? Optional.of(values()[number])
          : Optional.empty();
    }
  }

  /** How the rows of one message are coded. */
  public enum Encoding {
    /** The rows of each plane one after the other: Y, then U, then V. */
    PLANES,
    /** The same as one LZ4 block. */
    PLANES_LZ4,
    /** A baseline JPEG picture (JFIF) of these rows. */
    JPEG;

    /** Bit set of all of them, for CLIENT_HELLO. */
    public static final int ALL = (1 << values().length) - 1;

    /** The number on the wire. */
    public int number() {
      return ordinal();
    }

    static Optional<Encoding> of(int number) {
      return number >= 0 && number < values().length
          ? Optional.of(values()[number])
          : Optional.empty();
    }
  }
}
