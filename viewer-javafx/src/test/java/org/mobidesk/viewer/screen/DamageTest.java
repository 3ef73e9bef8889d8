package org.mobidesk.viewer.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.Rectangle;

class DamageTest {
  private final Damage damage = new Damage();

  @Test
  void farAreasStayApartAndNearOnesJoin() {
    damage.add(new Rectangle(0, 0, 10, 10));
    damage.add(new Rectangle(500, 500, 10, 10));
    damage.add(new Rectangle(10, 0, 5, 10));
    assertEquals(
        List.of(new Rectangle(500, 500, 10, 10), new Rectangle(0, 0, 15, 10)), damage.areas());
    assertEquals(Optional.of(new Rectangle(0, 0, 510, 510)), damage.union());
    damage.clear();
    assertTrue(damage.isEmpty());
    assertEquals(Optional.empty(), damage.union());
  }

  @Test
  void nothingThatWasAddedIsLostAndTheListStaysShort() {
    Random random = new Random(7);
    List<Rectangle> added = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      Rectangle area =
          new Rectangle(
              random.nextInt(900),
              random.nextInt(700),
              1 + random.nextInt(40),
              1 + random.nextInt(40));
      added.add(area);
      damage.add(area);
      assertTrue(damage.areas().size() <= 16);
    }
    for (Rectangle area : added) {
      for (int y = area.y(); y < area.y() + area.height(); y++) {
        for (int x = area.x(); x < area.x() + area.width(); x++) {
          assertTrue(covers(x, y), "%d,%d of %s".formatted(x, y, area));
        }
      }
    }
  }

  @Test
  void theUnionIsOfAll() {
    damage.add(new Rectangle(5, 5, 1, 1));
    Damage more = new Damage();
    more.add(new Rectangle(1, 9, 1, 1));
    damage.addAll(more);
    assertEquals(Optional.of(new Rectangle(1, 5, 5, 5)), damage.union());
    assertFalse(damage.isEmpty());
  }

  private boolean covers(int x, int y) {
    return damage.areas().stream()
        .anyMatch(a -> x >= a.x() && x < a.x() + a.width() && y >= a.y() && y < a.y() + a.height());
  }
}
