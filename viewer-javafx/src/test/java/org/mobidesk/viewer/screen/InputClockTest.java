package org.mobidesk.viewer.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.Rectangle;

class InputClockTest {
  private static final Optional<Rectangle> SOMETHING = Optional.of(new Rectangle(0, 0, 1, 1));

  private final InputClock clock = new InputClock();

  @Test
  void theFirstFrameThatBeginsLaterAndPaintsAnswers() {
    assertEquals(InputClock.NONE, clock.answeredBy(frame(5, SOMETHING)), "nothing to answer");
    clock.sent(10);
    clock.sent(12);
    assertEquals(InputClock.NONE, clock.answeredBy(frame(9, SOMETHING)), "was on its way");
    assertEquals(InputClock.NONE, clock.answeredBy(frame(20, Optional.empty())), "no picture");
    assertEquals(10, clock.answeredBy(frame(21, SOMETHING)));
    assertEquals(InputClock.NONE, clock.answeredBy(frame(22, SOMETHING)), "answered already");
  }

  private static Frame frame(long begun, Optional<Rectangle> area) {
    return new Frame(1, 0, 100, 1, area, begun, begun + 1, 1);
  }
}
