package org.mobidesk.connector.adapter;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits longer after each failure, ends at once when it is stopped. For one waiting thread. */
final class BackOff {

  /** Short enough that a restart of the daemon (well under a second) is hardly noticed. */
  private static final long FIRST_MILLIS = 100;

  /**
   * Long enough that a host without a daemon costs nothing, short enough for a person who starts
   * it.
   */
  private static final long LAST_MILLIS = 10_000;

  private final CountDownLatch stopped = new CountDownLatch(1);
  private long nextMillis = FIRST_MILLIS;

  /** Waits; returns false when it has been stopped. */
  boolean pause() {
    long millis = nextMillis;
    nextMillis = Math.min(2 * nextMillis, LAST_MILLIS);
    try {
      return !stopped.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What was tried worked: the next wait is a short one again. */
  void succeeded() {
    nextMillis = FIRST_MILLIS;
  }

  /** Whether the last try worked. */
  boolean fresh() {
    return nextMillis == FIRST_MILLIS;
  }

  void stop() {
    stopped.countDown();
  }

  boolean running() {
    return stopped.getCount() > 0;
  }
}
