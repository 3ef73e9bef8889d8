package org.mobidesk.experiment.display;

import java.util.Map;

/** What is done at every system, and what it gives. */
interface Scenario {
  /** In tables and for --case. */
  String name();

  /** Width of the desktop in pixels. */
  default int width() {
    return 1024;
  }

  /** Height of the desktop in pixels. */
  default int height() {
    return 768;
  }

  /** Whether nothing moves after {@link #measure}: then what is shown can be compared. */
  default boolean endsStill() {
    return false;
  }

  /** Starts the applications on a station, which is this scenario's own. */
  void prepare(Station station);

  /**
   * Does it once.
   *
   * @param round 0, 1 ...: what is done is the same at all systems in a round
   * @return figures by metric and unit
   */
  Map<Metric, Double> measure(Station station, int round);

  /**
   * What is measured.
   *
   * @param name such as "key to pixel, median"
   * @param unit such as "ms"
   */
  record Metric(String name, String unit) {}
}
