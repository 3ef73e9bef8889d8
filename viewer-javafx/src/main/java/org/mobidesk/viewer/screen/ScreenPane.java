package org.mobidesk.viewer.screen;

import java.util.function.BiConsumer;
import javafx.animation.PauseTransition;
import javafx.geometry.Point2D;
import javafx.scene.image.ImageView;
import javafx.scene.layout.Region;
import javafx.stage.Window;
import javafx.util.Duration;

/**
 * Where the screen is shown: pixel for pixel when it has the pane's size, else in the middle, made
 * smaller when it is too large. Asks for a screen of its own size when it has kept one for a
 * moment. Sizes of screens are device pixels, those of the pane JavaFX's units, which are larger on
 * displays with many pixels.
 */
public final class ScreenPane extends Region {
  /** Long enough that dragging a window's edge does not resize the session at each step. */
  private static final Duration SETTLE = Duration.millis(150);

  private final ScreenImage image;
  private final ImageView view = new ImageView();
  private final PauseTransition settled = new PauseTransition(SETTLE);

  /**
   * Makes a pane.
   *
   * @param sizeWanted told the width and height in device pixels when they have settled
   */
  public ScreenPane(ScreenImage image, BiConsumer<Integer, Integer> sizeWanted) {
    this.image = image;
    getStyleClass().add("screen");
    setFocusTraversable(true);
    getChildren().add(view);
    settled.setOnFinished(_ -> sizeWanted.accept(pixelWidth(), pixelHeight()));
    widthProperty().addListener(_ -> settled.playFromStart());
    heightProperty().addListener(_ -> settled.playFromStart());
  }

  /** The image may be another one. */
  public void refresh() {
    if (view.getImage() != image.image()) {
      view.setImage(image.image());
      requestLayout();
    }
    if (image.videosHaveMoved()) {
      getChildren().setAll(view);
      image.videos().forEach(video -> getChildren().addAll(video.views()));
      requestLayout();
    }
  }

  /** The pane's width in device pixels. */
  public int pixelWidth() {
    return (int) Math.round(getWidth() * outputScale());
  }

  /** The pane's height in device pixels. */
  public int pixelHeight() {
    return (int) Math.round(getHeight() * outputScale());
  }

  /**
   * The pixel of the screen at a point of the pane, the nearest one when the point is beside the
   * screen.
   */
  public Point2D toScreen(double x, double y) {
    if (image.width() == 0) {
      return Point2D.ZERO;
    }
    double unit = shownUnit();
    return new Point2D(
        Math.clamp(Math.floor((x - view.getLayoutX()) / unit), 0, image.width() - 1),
        Math.clamp(Math.floor((y - view.getLayoutY()) / unit), 0, image.height() - 1));
  }

  /** The point of the pane in the middle of a pixel of the screen. */
  public Point2D fromScreen(int x, int y) {
    double unit = shownUnit();
    return new Point2D(view.getLayoutX() + (x + 0.5) * unit, view.getLayoutY() + (y + 0.5) * unit);
  }

  @Override
  protected void layoutChildren() {
    if (image.width() == 0) {
      return;
    }
    double unit = shownUnit();
    double width = image.width() * unit;
    double height = image.height() * unit;
    view.setFitWidth(width);
    view.setFitHeight(height);
    view.setSmooth(unit * outputScale() != 1);
    view.relocate(
        snapPositionX((getWidth() - width) / 2), snapPositionY((getHeight() - height) / 2));
    image.videos().forEach(video -> video.layOut(view.getLayoutX(), view.getLayoutY(), unit));
  }

  /** JavaFX units that one pixel of the screen takes. */
  private double shownUnit() {
    double onePixel = 1 / outputScale();
    if (image.width() <= pixelWidth() && image.height() <= pixelHeight()) {
      return onePixel;
    }
    return Math.min(getWidth() / image.width(), getHeight() / image.height());
  }

  private double outputScale() {
    Window window = getScene() == null ? null : getScene().getWindow();
    return window == null ? 1 : window.getOutputScaleX();
  }
}
