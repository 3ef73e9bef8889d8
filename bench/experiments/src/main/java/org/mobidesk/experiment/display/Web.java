package org.mobidesk.experiment.display;

import java.util.Map;

/** A person reads pages in Firefox: from the click to the last pixel, in slow motion. */
final class Web implements Scenario {
  private final Media media;
  private final int pages;
  private final SlowMotion motion;

  /**
   * Makes one.
   *
   * @param pages how many are read; the first ones, which are of all kinds
   */
  Web(Line.Kind line, Media media, int pages) {
    this.media = media;
    this.pages = pages;
    motion = new SlowMotion(line, "click", "page");
  }

  @Override
  public String name() {
    return "web";
  }

  @Override
  public int rounds(int pairs) {
    return Math.max(pages, pairs);
  }

  @Override
  public boolean endsStill() {
    return true;
  }

  @Override
  public void prepare(Station s) {
    Firefox.open(s, media.pages());
    s.watch().awaitPixel(190, 5, 0x444466, 24, 60_000);
    motion.practise(s, () -> click(s)); // what is done for the first time only is not measured
  }

  private static long click(Station s) {
    return s.watch().click(WebPages.LINK_X, WebPages.LINK_Y);
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    return motion.step(s, () -> click(s));
  }

  @Override
  public Map<Metric, double[]> finish(Station s) {
    return motion.finish(s);
  }
}
