package org.mobidesk.viewer.ui;

import javafx.animation.Animation;
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

  /** Long enough to read a line. */
  private static final Duration NOTE = Duration.seconds(3);

  private final Label text = new Label();
  private final ProgressIndicator busy = new ProgressIndicator();
  private final PauseTransition noted = new PauseTransition(NOTE);
  private final PauseTransition grace = new PauseTransition(GRACE);

  Banner() {
    busy.getStyleClass().add("banner-busy");
    getStyleClass().add("banner");
    setId("banner");
    setAlignment(Pos.CENTER_LEFT);
    setMaxSize(Region.USE_PREF_SIZE, Region.USE_PREF_SIZE);
    setMouseTransparent(true);
    setVisible(false);
    getChildren().addAll(busy, text);
    busy.managedProperty().bind(busy.visibleProperty());
    grace.setOnFinished(_ -> setVisible(true));
    noted.setOnFinished(_ -> hide());
  }

  /** Shows the words, after a moment unless something is shown already. */
  void show(String words) {
    noted.stop();
    busy.setVisible(true);
    text.setText(words);
    if (!isVisible()) {
      grace.play();
    }
  }

  /** Shows words for a moment, unless something that goes on is shown. */
  void note(String words) {
    if (!isVisible() || noted.getStatus() == Animation.Status.RUNNING) {
      grace.stop();
      busy.setVisible(false);
      text.setText(words);
      setVisible(true);
      noted.playFromStart();
    }
  }

  void hide() {
    grace.stop();
    noted.stop();
    setVisible(false);
  }
}
