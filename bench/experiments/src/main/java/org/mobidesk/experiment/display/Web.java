package org.mobidesk.experiment.display;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.experiment.display.ScreenWatch.Changes;

/**
 * A person reads pages in Firefox: from the click to the last pixel. Slow motion: the next click
 * comes when nothing moves any more, so that bytes are those of one page.
 */
final class Web implements Scenario {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Line.Kind line;
  private final Media media;
  private final int pages;

  /**
   * Makes one.
   *
   * @param pages how many in a round
   */
  Web(Line.Kind line, Media media, int pages) {
    this.line = line;
    this.media = media;
    this.pages = pages;
  }

  @Override
  public String name() {
    return "web";
  }

  @Override
  public boolean endsStill() {
    return true;
  }

  @Override
  public void prepare(Station s) {
    Firefox.open(s, media.pages());
    s.watch().awaitPixel(190, 5, 0x444466, 24, 180_000);
    s.watch().watch(page(s));
    s.watch().settle(1500, TIMEOUT_MILLIS);
    next(s); // what is done for the first time only is not measured
  }

  private static Area page(Station s) {
    return new Area(0, 0, s.width(), s.height());
  }

  private Changes next(Station s) {
    s.watch().watch(page(s));
    long clicked = s.watch().click(WebPages.LINK_X, WebPages.LINK_Y);
    s.watch().awaitChange(TIMEOUT_MILLIS);
    Changes changes = s.watch().settle(line.quietMillis(), TIMEOUT_MILLIS);
    return new Changes(changes.count(), changes.first() - clicked, changes.last() - clicked);
  }

  @Override
  public Map<Metric, Double> measure(Station s, int round) {
    double millis = 0;
    long bytes = s.line().bytesToViewer();
    for (int i = 0; i < pages; i++) {
      millis += next(s).last() / 1000.0;
    }
    Map<Metric, Double> figures = new LinkedHashMap<>();
    figures.put(new Metric("click to last pixel, mean of a page", "ms"), millis / pages);
    figures.put(
        new Metric("received for a page", "KiB"),
        (s.line().bytesToViewer() - bytes) / 1024.0 / pages);
    return figures;
  }
}
