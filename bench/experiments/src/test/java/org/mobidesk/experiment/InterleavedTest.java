package org.mobidesk.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InterleavedTest {
  @Test
  void eachRoundMeasuresAllAndAnotherGoesFirst() {
    List<String> order = new ArrayList<>();
    var samples =
        new Interleaved<>(List.of("a", "b"))
            .measure(
                3,
                system -> {
                  order.add(system);
                  return Map.of("calls", (double) order.size());
                });
    assertEquals(List.of("a", "b", "b", "a", "a", "b"), order);
    assertArrayEquals(new double[] {1, 4, 5}, samples.get("calls").get("a"));
    assertArrayEquals(new double[] {2, 3, 6}, samples.get("calls").get("b"));
  }
}
