package org.mobidesk.experiment.display;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.experiment.display.ScreenWatch.Changes;

/**
 * The paper's slow motion: input, and all that it changes before the next one, so that times and
 * bytes are those of one step. The other systems have their turn while it is seen whether anything
 * else changes: a station is left when nothing has moved for a short while, and what came later is
 * counted when it is its turn again.
 */
final class SlowMotion {
  private static final int TIMEOUT_MILLIS = 20_000;

  private final Scenario.Metric time;
  private final Scenario.Metric bytes;
  private final int quietMillis;
  private final Map<Station, Step> steps = new ConcurrentHashMap<>();

  private record Step(long input, long bytesBefore, long bytesAfter, int changes) {}

  /**
   * Makes one.
   *
   * @param from what the time is taken from, such as "click"
   * @param step what the bytes are of, such as "page"
   */
  SlowMotion(Line.Kind line, String from, String step) {
    time = new Scenario.Metric(from + " to last pixel", "ms");
    bytes = new Scenario.Metric("received for a " + step, "KiB");
    quietMillis = line.quietMillis();
  }

  /** One step; returns the figures of the one before, if there is one. */
  Map<Scenario.Metric, double[]> step(Station s, LongSupplier input) {
    Map<Scenario.Metric, double[]> before = finish(s);
    s.watch().watch(new Area(0, 0, s.width(), s.height()));
    long bytesBefore = s.line().bytesToViewer();
    long at = input.getAsLong();
    s.watch().awaitChange(TIMEOUT_MILLIS);
    Changes changes = s.watch().settle(quietMillis, TIMEOUT_MILLIS);
    steps.put(s, new Step(at, bytesBefore, s.line().bytesToViewer(), changes.count()));
    return before;
  }

  /** The figures of the last step; none when there was none. */
  Map<Scenario.Metric, double[]> finish(Station s) {
    Step step = steps.remove(s);
    if (step == null) {
      return Map.of();
    }
    Changes changes = s.watch().noted();
    // What comes while nothing changes is no part of the step.
    long until = changes.count() > step.changes() ? s.line().bytesToViewer() : step.bytesAfter();
    Map<Scenario.Metric, double[]> figures = new LinkedHashMap<>();
    figures.put(time, new double[] {(changes.last() - step.input()) / 1000.0});
    figures.put(bytes, new double[] {(until - step.bytesBefore()) / 1024.0});
    return figures;
  }

  /** Does it, and waits until nothing moves, without measuring. */
  void practise(Station s, LongSupplier input) {
    step(s, input);
    s.watch().settle(4 * quietMillis, TIMEOUT_MILLIS);
    finish(s);
  }
}
