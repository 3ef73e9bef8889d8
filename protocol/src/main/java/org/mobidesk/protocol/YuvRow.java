package org.mobidesk.protocol;

/**
 * Rows of a picture from Y'CbCr to pixels. What the chroma samples add to each colour is worked out
 * once for the rows that share them, at the width of the picture, so that the loop over its pixels
 * is one that the compiler makes vector instructions of. The same results as {@link
 * YuvConversion#pixel}. Not safe for use by several threads.
 */
final class YuvRow {
  private final YuvConversion conversion;
  private final int width;
  private final int[] red;
  private final int[] green;
  private final int[] blue;

  YuvRow(YuvConversion conversion, int width) {
    this.conversion = conversion;
    this.width = width;
    int even = width + 1 & ~1;
    red = new int[even];
    green = new int[even];
    blue = new int[even];
  }

  /** Takes a row of chroma samples, one of each for two pixels. */
  void chroma(byte[] samples, int firstU, int firstV) {
    for (int i = 0; i < red.length / 2; i++) {
      int u = (samples[firstU + i] & 0xff) - 128;
      int v = (samples[firstV + i] & 0xff) - 128;
      int r = v * conversion.redV();
      int g = -u * conversion.greenU() - v * conversion.greenV();
      int b = u * conversion.blueU();
      red[2 * i] = r;
      red[2 * i + 1] = r;
      green[2 * i] = g;
      green[2 * i + 1] = g;
      blue[2 * i] = b;
      blue[2 * i + 1] = b;
    }
  }

  /** Makes a row of pixels, 0xffRRGGBB, of its luma samples and the chroma that was taken. */
  void pixels(byte[] samples, int first, int[] picture, int to) {
    int luma = conversion.luma();
    int offset = 32768 - conversion.black() * luma;
    for (int x = 0; x < width; x++) {
      int grey = (samples[first + x] & 0xff) * luma + offset;
      int r = Math.min(Math.max(grey + red[x] >> 16, 0), 255);
      int g = Math.min(Math.max(grey + green[x] >> 16, 0), 255);
      int b = Math.min(Math.max(grey + blue[x] >> 16, 0), 255);
      picture[to + x] = 0xff000000 | r << 16 | g << 8 | b;
    }
  }
}
