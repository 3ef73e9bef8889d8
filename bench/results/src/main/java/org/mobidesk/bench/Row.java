package org.mobidesk.bench;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One measured quantity in one situation.
 *
 * @param name the case, such as {@code "xfce"}
 * @param metric what was measured, such as {@code "applications stopped"}
 * @param unit unit of all values, such as {@code "ms"}
 * @param ours what MobiDesk did
 * @param peers what others did, by their names, in the order in which they are shown
 * @param ratio median of the paired ratios ours / peer, by the peer's name; none where a sample of
 *     the peer is 0
 */
public record Row(
    String name,
    String metric,
    String unit,
    Statistics ours,
    Map<String, Statistics> peers,
    Map<String, Double> ratio) {

  public Row {
    requireText(name, "case");
    requireText(metric, "metric");
    requireText(unit, "unit");
    if (!peers.keySet().containsAll(ratio.keySet())) {
      throw new IllegalArgumentException(
          "row %s, %s: peers %s, but ratios to %s"
              .formatted(name, metric, peers.keySet(), ratio.keySet()));
    }
    peers = Collections.unmodifiableMap(new LinkedHashMap<>(peers));
    ratio = Collections.unmodifiableMap(new LinkedHashMap<>(ratio));
  }

  /**
   * Makes a row of samples.
   *
   * @param peers samples of each peer, paired with ours by their index
   * @throws IllegalArgumentException when a text is blank, or as {@link Statistics} does
   */
  static Row of(
      String name, String metric, String unit, double[] ours, Map<String, double[]> peers) {
    Map<String, Statistics> statistics = new LinkedHashMap<>();
    Map<String, Double> ratio = new LinkedHashMap<>();
    peers.forEach(
        (peer, samples) -> {
          statistics.put(peer, Statistics.of(samples));
          if (Arrays.stream(samples).noneMatch(v -> v == 0)) {
            ratio.put(peer, Statistics.pairedRatio(ours, samples));
          }
        });
    return new Row(name, metric, unit, Statistics.of(ours), statistics, ratio);
  }

  private static void requireText(String value, String what) {
    if (value.isBlank()) {
      throw new IllegalArgumentException("a row has no " + what);
    }
  }
}
