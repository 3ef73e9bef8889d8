package org.mobidesk.experiment.display;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.mobidesk.experiment.display.ScreenWatch.Area;

/** A person types into a terminal: from the key to the letter. */
final class Typing implements Scenario {
  private static final int KEYS = 30;
  private static final int TIMEOUT_MILLIS = 5000;

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
    s.session(
        "terminal",
        "xterm",
        "-fa",
        "DejaVu Sans Mono",
        "-fs",
        "10",
        "-geometry",
        "55x18+0+0",
        "-bg",
        "white",
        "-fg",
        "black",
        "-e",
        "sh",
        "-c",
        "stty -icanon; exec cat >/dev/null");
    s.watch().awaitPixel(200, 150, 0xffffff, 8, 30_000);
    if (busy) {
      s.session(
          "video",
          media.player(
              media.clip(640, 360, 30), "--loop-file", "--no-border", "--geometry=480x300+500+20"));
      s.session(
          "pictures",
          media.player(
              media.pictures(),
              "--loop-playlist",
              "--image-display-duration=1",
              "--no-border",
              "--geometry=480x380+500+360"));
      Station.pause(2000);
    }
    s.watch().click(200, 150);
    Station.pause(500);
    s.watch().key("space");
    Station.pause(1000);
  }

  @Override
  public Map<Metric, Double> measure(Station s, int round) {
    Random random = new Random(round);
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < KEYS; i++) {
      String key = Character.toString('a' + random.nextInt(26));
      millis.add(s.watch().echoMillis(key, TEXT, TIMEOUT_MILLIS));
      Station.pause(100 + random.nextInt(60)); // no rhythm that pulses could fall in with
    }
    millis.sort(null);
    Map<Metric, Double> figures = new LinkedHashMap<>();
    figures.put(new Metric("key to pixel, median", "ms"), millis.get(KEYS / 2));
    figures.put(new Metric("key to pixel, p95", "ms"), millis.get(KEYS * 95 / 100));
    figures.put(new Metric("key to pixel, worst of " + KEYS, "ms"), millis.getLast());
    return figures;
  }
}
