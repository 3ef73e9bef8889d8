package org.mobidesk.viewer.ui;

import java.util.Locale;
import java.util.function.Supplier;
import javafx.animation.Animation;
import javafx.animation.KeyFrame;
import javafx.animation.Timeline;
import javafx.scene.control.Label;
import javafx.scene.layout.Region;
import javafx.util.Duration;
import org.mobidesk.viewer.screen.FrameRates;

/** Delay and rates over the desktop, when asked for. It does not take mouse or keyboard. */
final class StatisticsOverlay extends Label {
  private static final Duration INTERVAL = Duration.seconds(1);

  private final Supplier<FrameRates.Sample> rates;
  private final Supplier<String> screen;
  private final Timeline timeline = new Timeline(new KeyFrame(INTERVAL, _ -> update()));
  private long delayNanos = -1;

  /**
   * Makes one that is hidden.
   *
   * @param rates asked once in each interval while it is shown
   * @param screen the screen's size in words
   */
  StatisticsOverlay(Supplier<FrameRates.Sample> rates, Supplier<String> screen) {
    this.rates = rates;
    this.screen = screen;
    timeline.setCycleCount(Animation.INDEFINITE);
    getStyleClass().add("statistics");
    setId("statistics");
    setMaxSize(Region.USE_PREF_SIZE, Region.USE_PREF_SIZE);
    setMinSize(Region.USE_PREF_SIZE, Region.USE_PREF_SIZE);
    setMouseTransparent(true);
    setVisible(false);
  }

  /** Delay of the last PING; negative when there was none. */
  void setDelay(long nanos) {
    delayNanos = nanos;
  }

  void toggle() {
    setVisible(!isVisible());
    if (isVisible()) {
      rates.get(); // what came while nobody looked
      setText("measuring …");
      timeline.playFromStart();
    } else {
      timeline.stop();
    }
  }

  private void update() {
    FrameRates.Sample now = rates.get();
    String delay = delayNanos < 0 ? "–" : String.format(Locale.ROOT, "%.1f ms", delayNanos / 1e6);
    setText(
        String.format(
            Locale.ROOT,
            "delay    %s%nframes   %.0f /s%nreceived %.2f Mbit/s%ndecoding %.1f ms a frame%nscreen   %s",
            delay,
            now.framesPerSecond(),
            now.bytesPerSecond() * 8 / 1e6,
            now.decodeMillis(),
            screen.get()));
  }
}
