package org.mobidesk.viewer.input;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import javafx.scene.input.TouchPoint;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Touch;

/**
 * Makes TOUCH messages of fingers on the screen: JavaFX's numbers of touches grow, those of fingers
 * are used again. To be used in the JavaFX thread only.
 */
public final class Fingers {
  private static final int MOST = 10;

  private final Consumer<MessageToSession> session;
  private final Map<Integer, Integer> down = new HashMap<>();

  public Fingers(Consumer<MessageToSession> session) {
    this.session = session;
  }

  /**
   * Takes a finger that has come down, moved or gone up at a pixel of the session's screen.
   *
   * @param touch its number, as of {@link TouchPoint#getId}
   */
  public void handle(int touch, TouchPoint.State state, int x, int y) {
    switch (state) {
      case PRESSED -> {
        int finger = free();
        if (finger < MOST && down.putIfAbsent(touch, finger) == null) {
          session.accept(new Touch(Touch.Action.BEGIN, finger, x, y));
        }
      }
      case MOVED -> {
        if (down.containsKey(touch)) {
          session.accept(new Touch(Touch.Action.MOVE, down.get(touch), x, y));
        }
      }
      case RELEASED -> {
        Integer finger = down.remove(touch);
        if (finger != null) {
          session.accept(new Touch(Touch.Action.END, finger, x, y));
        }
      }
      case STATIONARY -> {
        // Another finger did something.
      }
    }
  }

  /** Forgets fingers here and lifts them there: the focus is lost. */
  public void releaseAll() {
    if (!down.isEmpty()) {
      down.clear();
      session.accept(new MessageToSession.ReleaseAll());
    }
  }

  private int free() {
    int finger = 0;
    while (down.containsValue(finger)) {
      finger++;
    }
    return finger;
  }
}
