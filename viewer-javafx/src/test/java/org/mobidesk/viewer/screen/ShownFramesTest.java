package org.mobidesk.viewer.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ShownFramesTest {
  private final ShownFrames frames = new ShownFrames();

  @Test
  void waitsForAFrameOrItsTimeout() throws InterruptedException {
    assertFalse(frames.awaitMoreThan(0, Duration.ofMillis(1)));
    Thread.ofVirtual().start(() -> frames.add(2));
    assertTrue(frames.awaitMoreThan(1, Duration.ofSeconds(30)));
    assertEquals(2, frames.count());
  }

  @Test
  void quietNeedsAFirstFrame() throws InterruptedException {
    assertFalse(frames.awaitQuiet(Duration.ofMillis(1), Duration.ofMillis(5)));
    frames.add(1);
    assertTrue(frames.awaitQuiet(Duration.ofMillis(1), Duration.ofSeconds(30)));
    assertFalse(frames.awaitQuiet(Duration.ofHours(1), Duration.ofMillis(1)));
  }
}
