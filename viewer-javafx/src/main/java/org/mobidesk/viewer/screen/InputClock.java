package org.mobidesk.viewer.screen;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Finds the frame that answers an input: the first that begins to arrive after the input was sent
 * and paints something. That is what a user sees as the answer; whether the session drew it because
 * of the input, nobody can tell from outside. Thread-safe.
 */
final class InputClock {
  /** Value of {@link #answeredBy} when there is none. */
  static final long NONE = -1;

  private final AtomicLong oldestUnanswered = new AtomicLong(NONE);

  /** An input was sent at that time of System.nanoTime. */
  void sent(long nanos) {
    oldestUnanswered.compareAndSet(NONE, nanos);
  }

  /** When the oldest input was sent that this frame is the first to answer, or {@link #NONE}. */
  long answeredBy(Frame frame) {
    long sent = oldestUnanswered.get();
    if (sent == NONE || frame.area().isEmpty() || frame.begun() < sent) {
      return NONE;
    }
    oldestUnanswered.set(NONE);
    return sent;
  }
}
