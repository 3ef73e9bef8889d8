package org.mobidesk.ear;

import java.time.Duration;

/** Waits for a condition that others bring about. */
final class Await {

  private static final Duration LONGEST = Duration.ofSeconds(120);
  private static final Duration STEP = Duration.ofMillis(20);

  /** What is to hold. */
  interface Condition {
    boolean holds() throws Exception;
  }

  private Await() {}

  static void until(String what, Condition condition) {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    try {
      while (!condition.holds()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("waited " + LONGEST.toSeconds() + " s for " + what);
        }
        Thread.sleep(STEP);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("waiting for " + what, e);
    }
  }
}
