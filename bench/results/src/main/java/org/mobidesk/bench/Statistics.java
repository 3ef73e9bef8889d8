package org.mobidesk.bench;

import java.util.Arrays;

/**
 * What is reported of a series of samples, in the unit of its row.
 *
 * @param n number of samples, at least 1
 * @param min smallest sample
 * @param median middle sample, or the mean of the two in the middle
 * @param p95 smallest sample that at least 95 % of all samples do not exceed (nearest rank)
 * @param max largest sample
 */
public record Statistics(int n, double min, double median, double p95, double max) {

  private static final double P95 = 0.95;

  /**
   * Sums up a series.
   *
   * @throws IllegalArgumentException when there is no sample, or one is not a finite number
   */
  public static Statistics of(double... samples) {
    double[] sorted = checked(samples).clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return new Statistics(
        n, sorted[0], medianOf(sorted), sorted[(int) Math.ceil(P95 * n) - 1], sorted[n - 1]);
  }

  /**
   * The median of {@code ours[i] / peer[i]}: pairs were measured one after the other, so that what
   * slowed the machine down slowed both.
   *
   * @throws IllegalArgumentException when the series are not of one length, are empty, or a peer's
   *     sample is 0
   */
  public static double pairedRatio(double[] ours, double[] peer) {
    if (checked(ours).length != checked(peer).length) {
      throw new IllegalArgumentException(
          "paired series must have one length, but there are %d samples of ours and %d of the peer"
              .formatted(ours.length, peer.length));
    }
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      if (peer[i] == 0) {
        throw new IllegalArgumentException(
            "the peer's sample %d is 0: there is no ratio to it".formatted(i));
      }
      ratios[i] = ours[i] / peer[i];
    }
    Arrays.sort(ratios);
    return medianOf(ratios);
  }

  private static double medianOf(double[] sorted) {
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double[] checked(double[] samples) {
    if (samples.length == 0) {
      throw new IllegalArgumentException("there are no samples to sum up");
    }
    for (double sample : samples) {
      if (!Double.isFinite(sample)) {
        throw new IllegalArgumentException("sample " + sample + " is not a finite number");
      }
    }
    return samples;
  }
}
