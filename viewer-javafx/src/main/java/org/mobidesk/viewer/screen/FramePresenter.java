package org.mobidesk.viewer.screen;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javafx.application.Platform;
import javafx.scene.Scene;
import org.mobidesk.protocol.MessageToSession;

/**
 * Shows frames as they come, one update in each pulse of JavaFX, and acknowledges them. A pulse is
 * asked for when there is a frame: an animation would make JavaFX go through the whole scene in
 * each of its pulses, and whoever types would wait behind that.
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

  /** Whether a pulse has been asked for and has not come. */
  private final AtomicBoolean asked = new AtomicBoolean();

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

  /** Shows frames in the scene's pulses from now on; in the JavaFX thread. */
  public void showIn(Scene scene) {
    scene.addPreLayoutPulseListener(this::present);
  }

  /** A frame is complete; called by the thread that paints. */
  public void frameCompleted() {
    if (asked.compareAndSet(false, true)) {
      Platform.runLater(Platform::requestNextPulse);
    }
  }

  /** What is shown in a second; in the JavaFX thread. */
  public FrameRates rates() {
    return rates;
  }

  private void present() {
    asked.set(false); // before the look: what comes after it asks again
    List<Frame> frames = image.update(feed);
    if (frames.isEmpty()) {
      return;
    }
    updated.run();
    long now = System.nanoTime();
    session.accept(new MessageToSession.Ack(frames.getLast().number()));
    log.ifPresent(l -> frames.forEach(f -> l.shown(f, now, pingNanos.getAsLong())));
    rates.shown(frames);
    shown.add(frames.size());
  }
}
