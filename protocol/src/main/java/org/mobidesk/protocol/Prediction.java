package org.mobidesk.protocol;

/**
 * The prediction of samples by their neighbours (the median edge detector of LOCO-I): what is sent
 * is the difference to it.
 */
final class Prediction {
  private Prediction() {}

  /** Makes samples of the differences of one plane, in place. */
  static void undo(byte[] plane, int offset, int width, int height) {
    for (int x = 1; x < width; x++) {
      plane[offset + x] += plane[offset + x - 1];
    }
    for (int y = 1; y < height; y++) {
      int row = offset + y * width;
      plane[row] += plane[row - width];
      int left = plane[row] & 0xff;
      int aboveLeft = plane[row - width] & 0xff;
      for (int i = row + 1; i < row + width; i++) {
        int above = plane[i - width] & 0xff;
        left = plane[i] + median(left, above, aboveLeft) & 0xff;
        plane[i] = (byte) left;
        aboveLeft = above;
      }
    }
  }

  private static int median(int left, int above, int aboveLeft) {
    int least = Math.min(left, above);
    int most = Math.max(left, above);
    return aboveLeft >= most ? least : aboveLeft <= least ? most : left + above - aboveLeft;
  }
}
