package org.mobidesk.experiment.display;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VideoTest {
  private static final int RATE = 25;
  private static final long FRAMES = 100;

  @Test
  void allFramesOnTimeAreAll() {
    assertEquals(1, quality(film(0, 50)));
    assertEquals(1, quality(film(80, 50)), "a film that begins again");
  }

  @Test
  void framesThatAreMissingOrLateCount() {
    Map<Integer, Long> seen = film(0, 50);
    for (int i = 0; i < 10; i++) {
      seen.remove(i * 2 + 1);
    }
    assertEquals(0.8, quality(seen), "ten of fifty were not shown");
    seen.computeIfPresent(30, (_, time) -> time + 41_000);
    assertEquals(0.78, quality(seen), "and one came too late");
    assertEquals(0, quality(Map.of()));
  }

  private static double quality(Map<Integer, Long> seen) {
    return Video.quality(seen, RATE, FRAMES, 2000);
  }

  private static Map<Integer, Long> film(int first, int count) {
    Map<Integer, Long> seen = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      seen.put((int) ((first + i) % FRAMES), 5_000_000L + i * 40_000L);
    }
    return seen;
  }
}
