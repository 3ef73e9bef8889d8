package org.mobidesk.viewer.input;

import java.util.function.Consumer;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Pointer;
import org.mobidesk.protocol.MessageToSession.Pointer.Button;

/**
 * Makes POINTER messages of JavaFX's mouse events. Positions are translated by the caller: it knows
 * where the screen is shown. To be used in the JavaFX thread only.
 */
public final class Mouse {
  /** JavaFX's unit of scrolling for one click of a wheel whose event does not say. */
  private static final double PIXELS_OF_A_CLICK = 40;

  /** SCROLL's units in a notch of a wheel. */
  private static final int NOTCH = 120;

  /** More in one event is a runaway touchpad. */
  private static final int MOST_UNITS = 20 * NOTCH;

  private final Consumer<MessageToSession> session;
  private int buttons;
  private double scrolledX;
  private double scrolledY;

  public Mouse(Consumer<MessageToSession> session) {
    this.session = session;
  }

  /** Takes a motion, press or release at a pixel of the session's screen. */
  public void handle(MouseEvent event, int x, int y) {
    if (event.isSynthesized()) {
      return; // of a finger, which is told as such
    }
    buttons =
        bit(event.isPrimaryButtonDown(), Button.LEFT)
            | bit(event.isMiddleButtonDown(), Button.MIDDLE)
            | bit(event.isSecondaryButtonDown(), Button.RIGHT)
            | bit(event.isBackButtonDown(), Button.BACK)
            | bit(event.isForwardButtonDown(), Button.FORWARD);
    session.accept(new Pointer(x, y, buttons));
  }

  /**
   * Takes the turning of a wheel, or scrolling on a touchpad. Whole notches are clicks of buttons,
   * which every session understands at once; what is less goes as it is.
   */
  public void handle(ScrollEvent event, int x, int y) {
    if (event.isDirect()) {
      return; // fingers on a screen, which are told as such
    }
    scrolledX += event.getDeltaX() / unit(event.getMultiplierX()) * NOTCH;
    scrolledY += event.getDeltaY() / unit(event.getMultiplierY()) * NOTCH;
    int unitsX = (int) Math.clamp(Math.rint(scrolledX), -MOST_UNITS, MOST_UNITS);
    int unitsY = (int) Math.clamp(Math.rint(scrolledY), -MOST_UNITS, MOST_UNITS);
    scrolledX = Math.abs(scrolledX) > MOST_UNITS ? 0 : scrolledX - unitsX;
    scrolledY = Math.abs(scrolledY) > MOST_UNITS ? 0 : scrolledY - unitsY;
    if (unitsX % NOTCH == 0 && unitsY % NOTCH == 0) {
      click(unitsY > 0 ? Button.WHEEL_UP : Button.WHEEL_DOWN, Math.abs(unitsY) / NOTCH, x, y);
      click(unitsX > 0 ? Button.WHEEL_LEFT : Button.WHEEL_RIGHT, Math.abs(unitsX) / NOTCH, x, y);
    } else {
      session.accept(new MessageToSession.Scroll(-unitsX, -unitsY));
    }
  }

  /** Releases pressed buttons here and there: the focus is lost. */
  public void releaseAll() {
    if (buttons != 0) {
      buttons = 0;
      session.accept(new MessageToSession.ReleaseAll());
    }
  }

  private void click(Button wheel, int times, int x, int y) {
    for (int i = 0; i < times; i++) {
      session.accept(new Pointer(x, y, buttons | wheel.bit()));
      session.accept(new Pointer(x, y, buttons));
    }
  }

  private static double unit(double multiplier) {
    return multiplier > 0 ? multiplier : PIXELS_OF_A_CLICK;
  }

  private static int bit(boolean down, Button button) {
    return down ? button.bit() : 0;
  }
}
