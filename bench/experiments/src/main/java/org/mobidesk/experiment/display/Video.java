package org.mobidesk.experiment.display;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.lab.LabException;

/**
 * A film, full screen. Its quality is that of the paper: what part of its frames was shown, and on
 * time, that is within the time of one frame of when its first one says.
 */
final class Video implements Scenario {
  private final Media media;
  private final String name;
  private final int filmWidth;
  private final int filmHeight;
  private final int rate;
  private final int width;
  private final int height;
  private final boolean browser;
  private final int seconds;

  private Video(
      Media media,
      String name,
      int filmWidth,
      int filmHeight,
      int rate,
      int width,
      int height,
      boolean browser,
      int seconds) {
    this.media = media;
    this.name = name;
    this.filmWidth = filmWidth;
    this.filmHeight = filmHeight;
    this.rate = rate;
    this.width = width;
    this.height = height;
    this.browser = browser;
    this.seconds = seconds;
  }

  /** The paper's clip on its screen. */
  static Video clip(Media media, boolean browser, int seconds) {
    return new Video(media, "video-clip" + by(browser), 352, 240, 24, 1024, 768, browser, seconds);
  }

  /** A film that has the screen's size. */
  static Video film(Media media, int width, int height, boolean browser, int seconds) {
    return new Video(
        media,
        "video-" + height + "p" + by(browser),
        width,
        height,
        30,
        width,
        height,
        browser,
        seconds);
  }

  private static String by(boolean browser) {
    return browser ? "-firefox" : "-player";
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public int height() {
    return height;
  }

  @Override
  public void prepare(Station s) {
    media.clip(filmWidth, filmHeight, rate);
  }

  @Override
  public Map<Metric, Double> measure(Station s, int round) {
    Path film = media.clip(filmWidth, filmHeight, rate);
    Process player =
        browser
            ? Firefox.open(s, Firefox.filmPage(s, film))
            : s.session("player", media.player(film, "--fullscreen", "--loop-file"));
    try {
      Area strip =
          new Area(
              0,
              0,
              width * Media.CELLS_PERCENT / 100,
              height
                  * Media.CELLS_PERCENT
                  / Media.CELLS
                  / 100
                  * filmWidth
                  / filmHeight
                  * height
                  / width);
      awaitFilm(s, strip);
      long bytes = s.line().bytesToViewer();
      long began = System.nanoTime();
      double cpuServer = s.server().cpuSeconds();
      double cpuViewer = s.viewer().cpuSeconds();
      Map<Integer, Long> seen = s.watch().film(strip, Media.CELLS, seconds * 1000);
      double took = (System.nanoTime() - began) / 1e9;
      Map<Metric, Double> figures = new LinkedHashMap<>();
      figures.put(
          new Metric("shown on time", "%"),
          100 * quality(seen, rate, Math.round(34.75 * rate), seconds));
      figures.put(
          new Metric("bandwidth", "Mbit/s"), (s.line().bytesToViewer() - bytes) * 8 / 1e6 / took);
      figures.put(
          new Metric("processor, player and server", "%"),
          100 * (s.server().cpuSeconds() - cpuServer) / took);
      figures.put(
          new Metric("processor, viewer", "%"), 100 * (s.viewer().cpuSeconds() - cpuViewer) / took);
      return figures;
    } finally {
      s.endSession(player);
      Station.pause(500);
    }
  }

  private static void awaitFilm(Station s, Area strip) {
    for (int i = 0; i < 60; i++) {
      if (s.watch().film(strip, Media.CELLS, 500).size() > 1) {
        return;
      }
    }
    s.watch().save(s.viewer().home().resolve("no-film.ppm").toString());
    throw new LabException(
        s.desktop().name() + " does not show the film: see no-film.ppm in " + s.viewer().home());
  }

  /**
   * The part of the frames that were due while the film was looked at that came on time: within the
   * time of one frame of when the middle one of all says.
   *
   * @param seen when each frame was seen first, by its number, microseconds
   * @param rate frames in a second
   * @param frames in the whole film, which begins again at its end
   * @param seconds how long it was looked at
   */
  static double quality(Map<Integer, Long> seen, int rate, long frames, int seconds) {
    if (seen.size() < 2) {
      return 0;
    }
    double frame = 1e6 / rate;
    int first = seen.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow().getKey();
    double[] offsets =
        seen.entrySet().stream()
            .mapToDouble(e -> e.getValue() - Math.floorMod(e.getKey() - first, frames) * frame)
            .sorted()
            .toArray();
    double middle = offsets[offsets.length / 2];
    long onTime = Arrays.stream(offsets).filter(o -> Math.abs(o - middle) <= frame).count();
    return Math.min(1, onTime / Math.floor(seconds * 1e6 / frame));
  }
}
