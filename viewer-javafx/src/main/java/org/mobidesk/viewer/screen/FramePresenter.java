package org.mobidesk.viewer.screen;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javafx.animation.AnimationTimer;
import javafx.application.Platform;
import org.mobidesk.protocol.MessageToSession;

/**
 * Shows frames as they come, one update in each pulse of JavaFX, acknowledges them, and rests while
 * there are none.
 */
public final class FramePresenter {
  private final ScreenFeed feed;
  private final ScreenImage image;
  private final ShownFrames shown;
  private final FrameRates rates = new FrameRates();
  private final Optional<FrameLog> log;
  private final LongSupplier pingNanos;
  private final Consumer<MessageToSession> session;
  private final Runnable updated;
  private final AtomicBoolean awake = new AtomicBoolean();
  private final AnimationTimer pulse =
      new AnimationTimer() {
        @Override
        public void handle(long now) {
          present();
        }
      };

  /**
   * Makes one.
   *
   * @param pingNanos delay of the last PING, negative when unknown
   * @param session takes the acknowledgements
   * @param updated called in the JavaFX thread after the image has changed
   */
  public FramePresenter(
      ScreenFeed feed,
      ScreenImage image,
      ShownFrames shown,
      Optional<FrameLog> log,
      LongSupplier pingNanos,
      Consumer<MessageToSession> session,
      Runnable updated) {
    this.feed = feed;
    this.image = image;
    this.shown = shown;
    this.log = log;
    this.pingNanos = pingNanos;
    this.session = session;
    this.updated = updated;
  }

  /** A frame is complete; called by the thread that paints. */
  public void frameCompleted() {
    if (awake.compareAndSet(false, true)) {
      Platform.runLater(pulse::start);
    }
  }

  /** What is shown in a second; in the JavaFX thread. */
  public FrameRates rates() {
    return rates;
  }

  private void present() {
    List<Frame> frames = image.update(feed);
    if (frames.isEmpty()) {
      rest();
      return;
    }
    updated.run();
    long now = System.nanoTime();
    session.accept(new MessageToSession.Ack(frames.getLast().number()));
    log.ifPresent(l -> frames.forEach(f -> l.shown(f, now, pingNanos.getAsLong())));
    rates.shown(frames);
    shown.add(frames.size());
  }

  /** A whole pulse without a frame: no more pulses until one comes. */
  private void rest() {
    pulse.stop();
    awake.set(false);
    if (feed.hasFrames()) { // came between the look and the rest
      frameCompleted();
    }
  }
}
