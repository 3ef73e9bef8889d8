package org.mobidesk.viewer.script;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javafx.event.Event;
import javafx.event.EventType;
import javafx.geometry.Point2D;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.input.InputEvent;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.InputMethodHighlight;
import javafx.scene.input.InputMethodTextRun;
import javafx.scene.input.KeyCode;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseButton;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import org.mobidesk.viewer.screen.ScreenPane;

/**
 * A user made of code: gives the window the events that keyboard and mouse would, through the
 * handlers that they go through. To be used in the JavaFX thread only.
 */
final class InputRobot {
  private static final int DRAG_STEPS = 10;

  /** What JavaFX says one click of a wheel scrolls, in its units. */
  private static final double WHEEL_CLICK = 40;

  private final Scene scene;
  private final Set<MouseButton> held = EnumSet.noneOf(MouseButton.class);
  private final Set<KeyCode> modifiers = EnumSet.noneOf(KeyCode.class);

  InputRobot(Scene scene) {
    this.scene = scene;
  }

  /** Types each character. */
  void type(String text) {
    text.codePoints()
        .forEach(
            codePoint -> {
              switch (codePoint) {
                case '\n' -> stroke(KeyCode.ENTER, "\r");
                case '\t' -> stroke(KeyCode.TAB, "\t");
                default -> stroke(codeOf(codePoint), Character.toString(codePoint));
              }
            });
  }

  /** Composes text as an input method would, and commits it. */
  void compose(String text) {
    var composing = new InputMethodTextRun(text, InputMethodHighlight.UNSELECTED_RAW);
    fire(inputMethod(List.of(composing), ""));
    fire(inputMethod(List.of(), text));
  }

  private static InputMethodEvent inputMethod(
      List<InputMethodTextRun> composing, String committed) {
    return new InputMethodEvent(
        InputMethodEvent.INPUT_METHOD_TEXT_CHANGED, composing, committed, 0);
  }

  /** Presses keys joined by +, such as ctrl+alt+t, and releases them in reverse. */
  void key(String chord) throws ScriptException {
    List<KeyCode> pressed = new ArrayList<>();
    String[] names = chord.equals("+") ? new String[] {"plus"} : chord.split("\\+");
    String last = names[names.length - 1];
    for (int i = 0; i < names.length - 1; i++) {
      KeyCode modifier = KeyNames.modifier(names[i]);
      pressed.add(modifier);
      modifiers.add(modifier);
      fireKey(KeyEvent.KEY_PRESSED, modifier, "");
    }
    try {
      KeyNames.Key key = KeyNames.key(last);
      stroke(key.code(), modifiers.contains(KeyCode.CONTROL) ? controlled(key) : key.text());
    } finally {
      for (KeyCode modifier : pressed.reversed()) {
        modifiers.remove(modifier);
        fireKey(KeyEvent.KEY_RELEASED, modifier, "");
      }
    }
  }

  /** As GTK does: Control makes a control character of a letter. */
  private static String controlled(KeyNames.Key key) {
    return key.code().isLetterKey()
        ? Character.toString(key.text().toLowerCase(Locale.ROOT).charAt(0) - 'a' + 1)
        : key.text();
  }

  void move(ScreenPane screen, int x, int y) {
    fireMouse(
        screen, held.isEmpty() ? MouseEvent.MOUSE_MOVED : MouseEvent.MOUSE_DRAGGED, x, y, null, 0);
  }

  void click(ScreenPane screen, int x, int y, MouseButton button, int count) {
    move(screen, x, y);
    for (int i = 1; i <= count; i++) {
      press(screen, x, y, button, i);
      release(screen, x, y, button, i);
    }
  }

  void drag(ScreenPane screen, int fromX, int fromY, int toX, int toY, MouseButton button) {
    move(screen, fromX, fromY);
    press(screen, fromX, fromY, button, 1);
    for (int i = 1; i <= DRAG_STEPS; i++) {
      move(screen, fromX + (toX - fromX) * i / DRAG_STEPS, fromY + (toY - fromY) * i / DRAG_STEPS);
    }
    release(screen, toX, toY, button, 1);
  }

  /** Turns the wheel: positive is up, or to the left. */
  void wheel(ScreenPane screen, int x, int y, int clicksX, int clicksY) {
    Point2D at = screen.localToScene(screen.fromScreen(x, y));
    Point2D there = screen.localToScreen(screen.fromScreen(x, y));
    Event.fireEvent(
        screen,
        new ScrollEvent(
            ScrollEvent.SCROLL,
            at.getX(),
            at.getY(),
            there.getX(),
            there.getY(),
            isDown(KeyCode.SHIFT),
            isDown(KeyCode.CONTROL),
            isDown(KeyCode.ALT),
            isDown(KeyCode.META),
            false,
            false,
            clicksX * WHEEL_CLICK,
            clicksY * WHEEL_CLICK,
            clicksX * WHEEL_CLICK,
            clicksY * WHEEL_CLICK,
            WHEEL_CLICK,
            WHEEL_CLICK,
            ScrollEvent.HorizontalTextScrollUnits.NONE,
            0,
            ScrollEvent.VerticalTextScrollUnits.NONE,
            0,
            0,
            null));
  }

  private void press(ScreenPane screen, int x, int y, MouseButton button, int count) {
    held.add(button);
    fireMouse(screen, MouseEvent.MOUSE_PRESSED, x, y, button, count);
  }

  private void release(ScreenPane screen, int x, int y, MouseButton button, int count) {
    held.remove(button);
    fireMouse(screen, MouseEvent.MOUSE_RELEASED, x, y, button, count);
  }

  private void stroke(KeyCode code, String text) {
    fireKey(KeyEvent.KEY_PRESSED, code, text);
    if (!text.isEmpty()) {
      fire(
          new KeyEvent(
              KeyEvent.KEY_TYPED,
              text,
              "",
              KeyCode.UNDEFINED,
              isDown(KeyCode.SHIFT),
              isDown(KeyCode.CONTROL),
              isDown(KeyCode.ALT),
              isDown(KeyCode.META)));
    }
    fireKey(KeyEvent.KEY_RELEASED, code, text);
  }

  private void fireKey(EventType<KeyEvent> type, KeyCode code, String text) {
    fire(
        new KeyEvent(
            type,
            KeyEvent.CHAR_UNDEFINED,
            text,
            code,
            isDown(KeyCode.SHIFT),
            isDown(KeyCode.CONTROL),
            isDown(KeyCode.ALT),
            isDown(KeyCode.META)));
  }

  /** Key events go where the focus is, as real ones do. */
  private void fire(InputEvent event) {
    Node focused = scene.getFocusOwner();
    Event.fireEvent(focused == null ? scene.getRoot() : focused, event);
  }

  private void fireMouse(
      ScreenPane screen, EventType<MouseEvent> type, int x, int y, MouseButton button, int count) {
    Point2D at = screen.localToScene(screen.fromScreen(x, y));
    Point2D there = screen.localToScreen(screen.fromScreen(x, y));
    Event.fireEvent(
        screen,
        new MouseEvent(
            type,
            at.getX(),
            at.getY(),
            there.getX(),
            there.getY(),
            button == null ? MouseButton.NONE : button,
            count,
            isDown(KeyCode.SHIFT),
            isDown(KeyCode.CONTROL),
            isDown(KeyCode.ALT),
            isDown(KeyCode.META),
            held.contains(MouseButton.PRIMARY),
            held.contains(MouseButton.MIDDLE),
            held.contains(MouseButton.SECONDARY),
            held.contains(MouseButton.BACK),
            held.contains(MouseButton.FORWARD),
            false,
            false,
            false,
            null));
  }

  private boolean isDown(KeyCode modifier) {
    return modifiers.contains(modifier);
  }

  private static KeyCode codeOf(int codePoint) {
    KeyCode code = KeyCode.getKeyCode(Character.toString(Character.toUpperCase(codePoint)));
    return code == null ? KeyCode.UNDEFINED : code;
  }
}
