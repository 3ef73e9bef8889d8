package org.mobidesk.domain.model.session;

/**
 * A first screen size in pixels; 0 by 0 leaves it to the host.
 *
 * @param width 320 to 8192, or 0
 * @param height 200 to 8192, or 0
 */
public record ScreenSize(int width, int height) {

  /** The host's default. */
  public static final ScreenSize DEFAULT = new ScreenSize(0, 0);

  private static final int LARGEST = 8192;

  public ScreenSize {
    boolean defaulted = width == 0 && height == 0;
    boolean inRange = width >= 320 && width <= LARGEST && height >= 200 && height <= LARGEST;
    if (!defaulted && !inRange) {
      throw new IllegalArgumentException(
          "screen size " + width + "x" + height + " is not between 320x200 and 8192x8192");
    }
  }
}
