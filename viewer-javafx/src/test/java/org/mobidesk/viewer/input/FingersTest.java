package org.mobidesk.viewer.input;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import javafx.scene.input.TouchPoint.State;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Touch;
import org.mobidesk.protocol.MessageToSession.Touch.Action;

class FingersTest {
  private final List<MessageToSession> sent = new ArrayList<>();
  private final Fingers fingers = new Fingers(sent::add);

  @Test
  void aFingersNumberIsUsedAgainWhenItHasGoneUp() {
    fingers.handle(41, State.PRESSED, 1, 2);
    fingers.handle(42, State.PRESSED, 3, 4);
    fingers.handle(41, State.RELEASED, 5, 6);
    fingers.handle(43, State.PRESSED, 7, 8);
    fingers.handle(42, State.MOVED, 9, 10);
    assertEquals(
        List.of(
            new Touch(Action.BEGIN, 0, 1, 2),
            new Touch(Action.BEGIN, 1, 3, 4),
            new Touch(Action.END, 0, 5, 6),
            new Touch(Action.BEGIN, 0, 7, 8),
            new Touch(Action.MOVE, 1, 9, 10)),
        sent);
  }

  @Test
  void whatDidNotComeDownNeitherMovesNorGoesUp() {
    fingers.handle(1, State.MOVED, 1, 1);
    fingers.handle(1, State.RELEASED, 1, 1);
    fingers.releaseAll();
    assertEquals(List.of(), sent);
  }

  @Test
  void fingersGoUpWhenTheFocusIsLost() {
    fingers.handle(1, State.PRESSED, 1, 1);
    fingers.releaseAll();
    fingers.handle(1, State.RELEASED, 1, 1);
    assertEquals(
        List.of(new Touch(Action.BEGIN, 0, 1, 1), new MessageToSession.ReleaseAll()), sent);
  }
}
