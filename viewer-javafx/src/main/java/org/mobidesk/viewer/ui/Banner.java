package org.mobidesk.viewer.ui;

import javafx.animation.PauseTransition;
import javafx.geometry.Pos;
import javafx.scene.control.Label;
import javafx.scene.control.ProgressIndicator;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.util.Duration;

/** A line over the desktop that says what is going on. It does not take mouse or keyboard. */
final class Banner extends HBox {
  /** What is over sooner is better not announced: a move of a session takes less. */
  private static final Duration GRACE = Duration.millis(700);

  private final Label text = new Label();
  private final PauseTransition grace = new PauseTransition(GRACE);

  Banner() {
    ProgressIndicator busy = new ProgressIndicator();
    busy.getStyleClass().add("banner-busy");
    getStyleClass().add("banner");
    setId("banner");
    setAlignment(Pos.CENTER_LEFT);
    setMaxSize(Region.USE_PREF_SIZE, Region.USE_PREF_SIZE);
    setMouseTransparent(true);
    setVisible(false);
    getChildren().addAll(busy, text);
    grace.setOnFinished(_ -> setVisible(true));
  }

  /** Shows the words, after a moment unless something is shown already. */
  void show(String words) {
    text.setText(words);
    if (!isVisible()) {
      grace.play();
    }
  }

  void hide() {
    grace.stop();
    setVisible(false);
  }
}
