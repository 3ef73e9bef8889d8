package org.mobidesk.experiment.display;

import java.util.LinkedHashMap;
import java.util.Map;

/** A viewer is started at a session that runs: until the whole desktop is there, and the memory. */
final class Start implements Scenario {
  private static final double MEBIBYTE = 1 << 20;

  @Override
  public String name() {
    return "start";
  }

  @Override
  public boolean includes(RemoteDesktop desktop) {
    return !(desktop instanceof LocalDisplay);
  }

  @Override
  public void prepare(Station s) {
    // The desktop is empty.
  }

  @Override
  public Map<Metric, double[]> measure(Station s, int round) {
    s.reconnect();
    Map<Metric, double[]> figures = new LinkedHashMap<>();
    figures.put(
        new Metric("viewer's start to whole desktop", "ms"), new double[] {s.startMillis()});
    figures.put(
        new Metric("memory, server side", "MiB"),
        new double[] {s.server().memoryBytes() / MEBIBYTE});
    figures.put(
        new Metric("memory, viewer and its display", "MiB"),
        new double[] {s.viewer().memoryBytes() / MEBIBYTE});
    return figures;
  }
}
