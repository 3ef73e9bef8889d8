package org.mobidesk.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures several systems in turn, so that what disturbs the machine disturbs all of them alike:
 * sample i of one was taken beside sample i of every other. Who goes first changes with each round,
 * as the first may find caches cold.
 *
 * @param <S> a system that is measured
 */
public final class Interleaved<S> {
  private final List<S> systems;

  public Interleaved(List<S> systems) {
    this.systems = List.copyOf(systems);
  }

  /**
   * Takes {@code rounds} samples of every system.
   *
   * @param measurement what one system gives in one round, by metric; the same metrics each time
   * @return for each metric, in the order of the first measurement, the samples of each system
   */
  public Map<String, Map<S, double[]>> measure(
      int rounds, Function<S, Map<String, Double>> measurement) {
    Map<String, Map<S, double[]>> samples = new LinkedHashMap<>();
    for (int round = 0; round < rounds; round++) {
      List<S> order = new ArrayList<>(systems);
      Collections.rotate(order, -round);
      for (S system : order) {
        for (var figure : measurement.apply(system).entrySet()) {
          samples.computeIfAbsent(figure.getKey(), metric -> new LinkedHashMap<>())
                  .computeIfAbsent(system, s -> new double[rounds])[round] =
              figure.getValue();
        }
      }
    }
    return samples;
  }
}
