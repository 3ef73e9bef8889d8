package org.mobidesk.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsTest {

  @Test
  void oneSampleIsAllOfThem() {
    assertEquals(new Statistics(1, 7, 7, 7, 7), Statistics.of(7));
  }

  @Test
  void medianOfAnEvenNumberIsTheMeanOfTheMiddle() {
    assertEquals(new Statistics(4, 1, 2.5, 10, 10), Statistics.of(10, 2, 3, 1));
  }

  @Test
  void ninetyFifthPercentileIsTheNearestRank() {
    double[] hundred = IntStream.rangeClosed(1, 100).mapToDouble(i -> 101 - i).toArray();
    assertEquals(new Statistics(100, 1, 50.5, 95, 100), Statistics.of(hundred));
    double[] twenty = IntStream.rangeClosed(1, 20).asDoubleStream().toArray();
    assertEquals(19, Statistics.of(twenty).p95());
    double[] twentyOne = IntStream.rangeClosed(1, 21).asDoubleStream().toArray();
    assertEquals(20, Statistics.of(twentyOne).p95());
  }

  @Test
  void samplesAreLeftInTheirOrder() {
    double[] samples = {3, 1, 2};
    Statistics.of(samples);
    assertEquals(3, samples[0]);
  }

  @Test
  void ratioIsTheMedianOfPairsAndNotTheRatioOfMedians() {
    // Pairs 0.1, 2, 3. The medians are 6 and 10, whose ratio would be 0.6.
    assertEquals(2, Statistics.pairedRatio(new double[] {1, 6, 33}, new double[] {10, 3, 11}));
    // Pairs 1, 3.
    assertEquals(2, Statistics.pairedRatio(new double[] {5, 3}, new double[] {5, 1}));
  }

  @Test
  void seriesThatCannotBePairedAreRefused() {
    var lengths =
        assertThrows(
            IllegalArgumentException.class,
            () -> Statistics.pairedRatio(new double[] {1, 2}, new double[] {1}));
    assertEquals(
        "paired series must have one length, but there are 2 samples of ours and 1 of the peer",
        lengths.getMessage());
    var zero =
        assertThrows(
            IllegalArgumentException.class,
            () -> Statistics.pairedRatio(new double[] {1, 2}, new double[] {1, 0}));
    assertEquals("the peer's sample 1 is 0: there is no ratio to it", zero.getMessage());
  }

  @Test
  void noSamplesAreRefused() {
    assertThrows(IllegalArgumentException.class, Statistics::of);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNoFiniteNumberIsRefused(double sample) {
    assertThrows(IllegalArgumentException.class, () -> Statistics.of(1, sample));
  }
}
