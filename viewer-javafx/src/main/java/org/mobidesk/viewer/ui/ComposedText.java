package org.mobidesk.viewer.ui;

import java.util.stream.Collectors;
import javafx.geometry.Bounds;
import javafx.geometry.Point2D;
import javafx.scene.control.Label;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.InputMethodRequests;
import javafx.scene.input.InputMethodTextRun;

/**
 * What an input method is composing, over the desktop where the user last pointed: nobody knows
 * where the session's text cursor is. Its list of candidates is shown below it. Once committed the
 * text is the session's.
 */
final class ComposedText extends Label implements InputMethodRequests {
  /** Below the pointer, in JavaFX units. */
  private static final double BELOW = 20;

  ComposedText() {
    getStyleClass().add("composed-text");
    setId("composed-text");
    setManaged(false);
    setMouseTransparent(true);
    setVisible(false);
  }

  /** Shows what is being composed, or nothing once that is over. */
  void show(InputMethodEvent event) {
    setText(
        event.getComposed().stream()
            .map(InputMethodTextRun::getText)
            .collect(Collectors.joining()));
    setVisible(!getText().isEmpty());
    autosize();
  }

  /** The user has pointed there, in the parent's coordinates. */
  void moveTo(double x, double y) {
    relocate(x, y + BELOW);
  }

  void hide() {
    setVisible(false);
  }

  @Override
  public Point2D getTextLocation(int offset) {
    Bounds bounds = getBoundsInLocal();
    Point2D at = localToScreen(bounds.getMinX(), bounds.getMaxY());
    return at == null ? Point2D.ZERO : at;
  }

  @Override
  public int getLocationOffset(int x, int y) {
    return 0;
  }

  @Override
  public void cancelLatestCommittedText() {
    // What was committed is in the session already.
  }

  @Override
  public String getSelectedText() {
    return "";
  }
}
