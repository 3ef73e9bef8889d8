package org.mobidesk.viewer.script;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many frames had been shown when the last input was made: a frame after it may be the answer.
 * Thread-safe.
 */
final class FrameMark {
  private static final long NONE = -1;

  private final AtomicLong frames = new AtomicLong(NONE);

  void set(long count) {
    frames.set(count);
  }

  /** Takes the mark away; without one, the count given. */
  long takeOr(long otherwise) {
    long mark = frames.getAndSet(NONE);
    return mark == NONE ? otherwise : mark;
  }
}
