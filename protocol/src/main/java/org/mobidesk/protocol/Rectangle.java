package org.mobidesk.protocol;

/**
 * A part of the screen, in pixels; x grows to the right, y down.
 *
 * @param x left edge, 0 to 65535
 * @param y upper edge, 0 to 65535
 * @param width 1 to 65535
 * @param height 1 to 65535
 */
public record Rectangle(int x, int y, int width, int height) {
  public Rectangle {
    Range.u16("x", x);
    Range.u16("y", y);
    Range.check("width", width, 1, 0xffff);
    Range.check("height", height, 1, 0xffff);
  }

  /** How many pixels it covers. */
  public long area() {
    return (long) width * height;
  }

  /** Whether all of it lies on a screen of that size. */
  public boolean isWithin(int screenWidth, int screenHeight) {
    return x + width <= screenWidth && y + height <= screenHeight;
  }

  /** The smallest rectangle that has both in it. */
  public Rectangle union(Rectangle other) {
    int left = Math.min(x, other.x);
    int top = Math.min(y, other.y);
    return new Rectangle(
        left,
        top,
        Math.max(x + width, other.x + other.width) - left,
        Math.max(y + height, other.y + other.height) - top);
  }

  @Override
  public String toString() {
    return width + "x" + height + "+" + x + "+" + y;
  }
}
