package org.mobidesk.viewer.connection;

import java.time.Duration;

/**
 * How long to wait before the next attempt. The first comes at once, as most losses are short;
 * later ones double, up to a bound that a person who waits still finds quick. Not safe for use by
 * several threads.
 */
final class Backoff {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private Duration next = FIRST;

  Duration next() {
    Duration now = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
    return now;
  }

  /** A connection worked. */
  void reset() {
    next = FIRST;
  }
}
