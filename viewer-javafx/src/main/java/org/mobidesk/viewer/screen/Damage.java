package org.mobidesk.viewer.screen;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mobidesk.protocol.Rectangle;

/**
 * Which parts of the screen have changed, as a few rectangles: a letter that appears in one corner
 * and a clock in the other are two small areas, and their union most of the screen. Not safe for
 * use by several threads.
 */
final class Damage {
  /** Beyond it, the two that are joined at the least cost become one. */
  private static final int MOST = 16;

  private final List<Rectangle> areas = new ArrayList<>(MOST + 1);

  boolean isEmpty() {
    return areas.isEmpty();
  }

  /** Rectangles that cover all that was added, and not much more. They may overlap. */
  List<Rectangle> areas() {
    return List.copyOf(areas);
  }

  /** The smallest rectangle around all; nothing when nothing has changed. */
  Optional<Rectangle> union() {
    return areas.stream().reduce(Rectangle::union);
  }

  void clear() {
    areas.clear();
  }

  void add(Rectangle area) {
    Rectangle grown = area;
    for (int i = areas.size() - 1; i >= 0; i--) {
      if (waste(areas.get(i), grown) <= 0) { // beside each other, or one within the other
        grown = grown.union(areas.remove(i));
        i = areas.size(); // what has grown may reach others now
      }
    }
    areas.add(grown);
    if (areas.size() > MOST) {
      joinNearest();
    }
  }

  void addAll(Damage other) {
    other.areas.forEach(this::add);
  }

  private void joinNearest() {
    int first = 0;
    int second = 1;
    long least = Long.MAX_VALUE;
    for (int i = 0; i < areas.size(); i++) {
      for (int j = i + 1; j < areas.size(); j++) {
        long waste = waste(areas.get(i), areas.get(j));
        if (waste < least) {
          least = waste;
          first = i;
          second = j;
        }
      }
    }
    Rectangle joined = areas.get(first).union(areas.remove(second));
    areas.set(first, joined);
  }

  /** How many pixels more the union has than both together; negative when they overlap. */
  private static long waste(Rectangle a, Rectangle b) {
    return a.union(b).area() - a.area() - b.area();
  }
}
