package org.mobidesk.viewer.ui;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyCodeCombination;
import javafx.scene.input.KeyCombination;
import javafx.scene.input.KeyEvent;

/**
 * The few keys that are the viewer's own. While the keyboard is grabbed all keys are the session's
 * but one, which lets go of it. To be used in the JavaFX thread only.
 */
final class ViewerKeys {
  /** Lets go of the keyboard, and takes it. */
  static final KeyCombination GRAB = chord(KeyCode.K);

  private static final Map<KeyCombination, Consumer<ViewerBar.Actions>> OWN =
      Map.of(
          new KeyCodeCombination(KeyCode.F11),
          ViewerBar.Actions::toggleFullScreen,
          chord(KeyCode.I),
          ViewerBar.Actions::toggleStatistics);

  private final ViewerBar.Actions actions;
  private boolean grabbed;

  /** The key of a press that was the viewer's: its release is, too. */
  private KeyCode own;

  ViewerKeys(ViewerBar.Actions actions) {
    this.actions = actions;
  }

  private static KeyCombination chord(KeyCode key) {
    return new KeyCodeCombination(
        key, KeyCombination.CONTROL_DOWN, KeyCombination.ALT_DOWN, KeyCombination.SHIFT_DOWN);
  }

  void setGrabbed(boolean on) {
    grabbed = on;
  }

  boolean isGrabbed() {
    return grabbed;
  }

  /** Takes an event before the session does; consumes it when it is the viewer's. */
  void handle(KeyEvent event) {
    if (event.getEventType() == KeyEvent.KEY_PRESSED) {
      Optional<Consumer<ViewerBar.Actions>> action = actionOf(event);
      own = action.isPresent() ? event.getCode() : null;
      action.ifPresent(
          a -> {
            event.consume();
            a.accept(actions);
          });
    } else if (own != null
        && (event.getEventType() == KeyEvent.KEY_TYPED || event.getCode() == own)) {
      event.consume();
      if (event.getEventType() == KeyEvent.KEY_RELEASED) {
        own = null;
      }
    }
  }

  private Optional<Consumer<ViewerBar.Actions>> actionOf(KeyEvent event) {
    if (GRAB.match(event)) {
      return Optional.of(ViewerBar.Actions::toggleGrab);
    }
    return grabbed
        ? Optional.empty()
        : OWN.entrySet().stream()
            .filter(entry -> entry.getKey().match(event))
            .map(Map.Entry::getValue)
            .findFirst();
  }
}
