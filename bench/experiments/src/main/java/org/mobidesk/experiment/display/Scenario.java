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

  /** Whether a system takes part. */
  default boolean includes(RemoteDesktop desktop) {
    return true;
  }

  /**
   * How often all systems are measured in turn.
   *
   * @param pairs as the person asked
   */
  default int rounds(int pairs) {
    return pairs;
  }

  /** Whether nothing moves at the end: then what is shown can be compared. */
  default boolean endsStill() {
    return false;
  }

  /** Starts the applications on a station, by any thread; its desktop is empty before. */
  void prepare(Station station);

  /**
   * Does it once.
   *
   * @param round 0, 1 ...: what is done is the same at all systems in a round
   * @return samples by what was measured, as many at all systems; they may be of the round before
   */
  Map<Metric, double[]> measure(Station station, int round);

  /** Samples that are still owed after the last round. */
  default Map<Metric, double[]> finish(Station station) {
    return Map.of();
  }

  /**
   * What is measured.
   *
   * @param name such as "key to pixel"
   * @param unit such as "ms"
   */
  record Metric(String name, String unit) {}
}
