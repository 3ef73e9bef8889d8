package org.mobidesk.experiment.display;

import java.util.LinkedHashMap;
import java.util.Map;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.experiment.display.ScreenWatch.Changes;

/** A person drags a window with text, there and back in turn, 60 steps of the mouse in a second. */
final class Dragging implements Scenario {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int LEFT = 120;
  private static final int TOP = 100;

  /** Of the title bar, from the window's corner. */
  private static final int TITLE_X = 200;

  private static final int TITLE_Y = 9;
  private static final int STEPS = 25;
  private static final int STEP = 10;
  private static final int STEP_MILLIS = 16;

  private final Line.Kind line;

  Dragging(Line.Kind line) {
    this.line = line;
  }

  @Override
  public String name() {
    return "dragging";
  }

  @Override
  public boolean endsStill() {
    return true;
  }

  @Override
  public void prepare(Station s) {
    Terminal.open(
        s,
        Terminal.Font.PLAIN,
        "80x30+%d+%d".formatted(LEFT, TOP),
        "seq -s ' ' 1 1000; exec cat >/dev/null",
        LEFT + 400,
        TOP + 390);
    drag(s, 0);
    drag(s, 1);
  }

  /** Drags to the right in even rounds, and back in odd ones; when the last step was. */
  private static long drag(Station s, int round) {
    int from = LEFT + TITLE_X + (round % 2 == 0 ? 0 : STEPS * STEP);
    int step = round % 2 == 0 ? STEP : -STEP;
    s.watch().press(from, TOP + TITLE_Y);
    for (int i = 1; i < STEPS; i++) {
      s.watch().move(from + i * step, TOP + TITLE_Y);
      Station.pause(STEP_MILLIS);
    }
    long last = s.watch().move(from + STEPS * step, TOP + TITLE_Y);
    Station.pause(STEP_MILLIS);
    s.watch().release();
    return last;
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    s.watch().watch(new Area(0, 0, s.width(), s.height()));
    long bytes = s.line().bytesToViewer();
    long last = drag(s, round);
    s.watch().awaitChange(TIMEOUT_MILLIS);
    Changes changes = s.watch().settle(2 * line.quietMillis(), TIMEOUT_MILLIS);
    Map<Metric, double[]> figures = new LinkedHashMap<>();
    figures.put(
        new Metric("last step to last pixel", "ms"),
        new double[] {Math.max(0, changes.last() - last) / 1000.0});
    figures.put(
        new Metric("pictures shown in %d steps".formatted(STEPS), "pictures"),
        new double[] {changes.count()});
    figures.put(
        new Metric("received for a drag", "KiB"),
        new double[] {(s.line().bytesToViewer() - bytes) / 1024.0});
    return figures;
  }
}
