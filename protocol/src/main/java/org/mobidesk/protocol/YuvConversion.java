package org.mobidesk.protocol;

/**
 * From Y'CbCr to pixels, in integers of 1/65536.
 *
 * @param black luma of black
 * @param luma factor of luma above black
 * @param redV factor of V in red
 * @param greenU factor of U in green, to be subtracted
 * @param greenV factor of V in green, to be subtracted
 * @param blueU factor of U in blue
 */
record YuvConversion(int black, int luma, int redV, int greenU, int greenV, int blueU) {
  private static final YuvConversion BT601 = of(16, 219, 224, 0.299, 0.114);
  private static final YuvConversion BT709 = of(16, 219, 224, 0.2126, 0.0722);
  private static final YuvConversion FULL = of(0, 255, 255, 0.299, 0.114);

  static YuvConversion of(VideoFormat.Matrix matrix) {
    return switch (matrix) {
      case BT601 -> BT601;
      case BT709 -> BT709;
      case FULL -> FULL;
    };
  }

  private static YuvConversion of(
      int black, int lumaRange, int chromaRange, double red, double blue) {
    double green = 1 - red - blue;
    double chroma = 255.0 / chromaRange;
    return new YuvConversion(
        black,
        scaled(255.0 / lumaRange),
        scaled(2 * (1 - red) * chroma),
        scaled(2 * (1 - blue) * blue / green * chroma),
        scaled(2 * (1 - red) * red / green * chroma),
        scaled(2 * (1 - blue) * chroma));
  }

  private static int scaled(double factor) {
    return (int) Math.round(factor * 65536);
  }

  /** The pixel 0xffRRGGBB of samples 0 to 255. */
  int pixel(int y, int u, int v) {
    int grey = (y - black) * luma + 32768;
    int red = grey + (v - 128) * redV;
    int green = grey - (u - 128) * greenU - (v - 128) * greenV;
    int blue = grey + (u - 128) * blueU;
    return 0xff000000 | sample(red) << 16 | sample(green) << 8 | sample(blue);
  }

  private static int sample(int scaled) {
    return Math.clamp(scaled >> 16, 0, 255);
  }
}
