package org.mobidesk.experiment.display;

import java.util.List;
import java.util.Map;
import java.util.Random;
import org.mobidesk.experiment.display.ScreenWatch.Area;

/** A person types into a terminal: from the key to the letter. */
final class Typing implements Scenario {
  /** In a round. */
  private static final int KEYS = 8;

  private static final int TIMEOUT_MILLIS = 5000;

  /** Some lines of text, typed quickly. */
  private static final int PRACTICE_KEYS = 200;

  private static final int PRACTICE_MILLIS = 20;

  /** Until films play as they do from then on. */
  private static final int BEGINS_MILLIS = 500;

  /** The text area of the terminal, whatever the window's frame is. */
  private static final Area TEXT = new Area(8, 24, 430, 270);

  private final boolean busy;
  private final Media media;

  /**
   * Makes one.
   *
   * @param busy whether a video plays and large pictures load beside the terminal
   */
  Typing(boolean busy, Media media) {
    this.busy = busy;
    this.media = media;
  }

  @Override
  public String name() {
    return busy ? "typing-busy" : "typing";
  }

  @Override
  public boolean endsStill() {
    return !busy;
  }

  @Override
  public void prepare(Station s) {
    Terminal.open(
        s, Terminal.Font.SMOOTH, "55x18+0+0", "stty -icanon; exec cat >/dev/null", 200, 150);
    if (busy) {
      players().forEach(p -> p.start(s));
      Station.pause(2000);
    }
    s.watch().click(200, 150);
    Station.pause(500);
    practise(s);
    Station.pause(1000);
  }

  /** Who types has typed before: what is done for the first time only is not measured. */
  private static void practise(Station s) {
    for (int i = 0; i < PRACTICE_KEYS; i++) {
      s.watch().key("space");
      Station.pause(PRACTICE_MILLIS);
    }
  }

  private List<Player> players() {
    return List.of(
        new Player(
            media,
            "video",
            media.clip(640, 360, 30),
            "--loop-file",
            "--no-border",
            "--geometry=480x300+500+20"),
        new Player(
            media,
            "pictures",
            media.pictures(),
            "--loop-playlist",
            "--image-display-duration=1",
            "--no-border",
            "--geometry=480x380+500+360"));
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    if (!busy) {
      return typed(s, round);
    }
    players().forEach(p -> p.play(s, true));
    try {
      Station.pause(BEGINS_MILLIS);
      return typed(s, round);
    } finally {
      players().forEach(p -> p.play(s, false));
    }
  }

  private static Map<Metric, double[]> typed(Station s, int round) {
    Random random = new Random(round);
    double[] millis = new double[KEYS];
    for (int i = 0; i < KEYS; i++) {
      String key = Character.toString('a' + random.nextInt(26));
      millis[i] = s.watch().echoMillis(key, TEXT, TIMEOUT_MILLIS);
      Station.pause(60 + random.nextInt(60)); // no rhythm that pulses could fall in with
    }
    return Map.of(new Metric("key to pixel", "ms"), millis);
  }
}
