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
  private static final int USUAL_RATE = 30;

  /** A browser's film comes as pixels: systems take a moment to see that it is one. */
  private static final int BROWSER_MILLIS = 1000;

  private final Media media;
  private final String name;
  private final int filmWidth;
  private final int filmHeight;
  private final int rate;
  private final int width;
  private final int height;
  private final boolean browser;
  private final int millis;
  private final boolean everywhere;

  private Video(
      Media media,
      String name,
      int filmWidth,
      int filmHeight,
      int rate,
      int width,
      int height,
      boolean browser,
      int millis,
      boolean everywhere) {
    this.media = media;
    this.name = name;
    this.filmWidth = filmWidth;
    this.filmHeight = filmHeight;
    this.rate = rate;
    this.width = width;
    this.height = height;
    this.browser = browser;
    this.millis = millis;
    this.everywhere = everywhere;
  }

  /**
   * The paper's clip on its screen.
   *
   * @param millis how long it is looked at in a round
   */
  static Video clip(Media media, boolean browser, int millis) {
    return new Video(
        media, "video-clip" + by(browser), 352, 240, 24, 1024, 768, browser, millis, !browser);
  }

  /** A film that has the screen's size; shown by those only whose settings are meant for films. */
  static Video film(Media media, int width, int height, int rate, boolean browser, int millis) {
    String name = "video-" + height + "p" + (rate == USUAL_RATE ? "" : rate) + by(browser);
    return new Video(media, name, width, height, rate, width, height, browser, millis, false);
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

  /** Without loss, films are of interest only where a line could take them. */
  @Override
  public boolean includes(RemoteDesktop desktop) {
    return everywhere || !desktop.name().endsWith("-lossless");
  }

  @Override
  public void prepare(Station s) {
    Path film = media.clip(filmWidth, filmHeight, rate);
    if (browser) {
      Firefox.open(s, Firefox.filmPage(s, film));
      s.watch().awaitPixel(width / 2, height - 8, Firefox.READY, 24, 60_000);
      s.watch().click(width / 2, height / 2);
      s.watch().awaitOther(width / 2, height - 8, Firefox.READY, 60_000);
    } else {
      player(film).start(s);
      // It covers the desktop, whose ground is of a colour that it does not have there.
      s.watch().awaitOther(width / 2, height - 8, Station.GROUND, 60_000);
    }
  }

  private Player player(Path film) {
    return new Player(media, "player", film, "--fullscreen", "--loop-file");
  }

  private void play(Station s, boolean on) {
    if (browser) {
      s.watch().key(on ? "p" : "s");
      return;
    }
    player(media.clip(filmWidth, filmHeight, rate)).play(s, on);
  }

  private Area strip() {
    return new Area(
        0,
        0,
        width * Media.CELLS_PERCENT / 100,
        height * Media.CELLS_PERCENT / Media.CELLS / 100 * filmWidth / filmHeight * height / width);
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    play(s, true);
    try {
      awaitFilm(s);
      Station.pause(browser ? BROWSER_MILLIS : 0);
      long bytes = s.line().bytesToViewer();
      long began = System.nanoTime();
      double cpuServer = s.server().cpuSeconds();
      double cpuViewer = s.viewer().cpuSeconds();
      Map<Integer, Long> seen = s.watch().film(strip(), Media.CELLS, millis);
      double took = (System.nanoTime() - began) / 1e9;
      Map<Metric, double[]> figures = new LinkedHashMap<>();
      put(
          figures,
          "shown on time",
          "%",
          100 * quality(seen, rate, Math.round(34.75 * rate), millis));
      put(figures, "bandwidth", "Mbit/s", (s.line().bytesToViewer() - bytes) * 8 / 1e6 / took);
      put(
          figures,
          "processor, player and server",
          "%",
          100 * (s.server().cpuSeconds() - cpuServer) / took);
      put(figures, "processor, viewer", "%", 100 * (s.viewer().cpuSeconds() - cpuViewer) / took);
      return figures;
    } finally {
      play(s, false);
    }
  }

  private static void put(Map<Metric, double[]> to, String name, String unit, double value) {
    to.put(new Metric(name, unit), new double[] {value});
  }

  /** Until it moves: what is needed to begin is not measured. A few frames are enough. */
  private void awaitFilm(Station s) {
    for (int i = 0; i < 30; i++) {
      if (s.watch().film(strip(), Media.CELLS, 400).size() > 1) {
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
   * @param millis how long it was looked at
   */
  static double quality(Map<Integer, Long> seen, int rate, long frames, int millis) {
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
    return Math.min(1, onTime / Math.floor(millis * 1e3 / frame));
  }
}
