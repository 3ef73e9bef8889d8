package org.mobidesk.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FigureTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "100, 100",
    "612.3456, 612",
    "61.23456, 61.2",
    "0.0012345, 0.00123",
    "0.999999, 1",
    "142000123, 142000123",
    "1234.5, 1235",
    "-3.14159, -3.14",
    "1e7, 10000000"
  })
  void showsThreeDigitsAndWholeNumbersInFull(double value, String shown) {
    assertEquals(shown, Figure.shown(value));
  }

  @ParameterizedTest
  @CsvSource({"0.30000000000000004, 0.3", "1e7, 10000000", "612.3456, 612.3456", "1e-7, 0.0000001"})
  void storesNineDigitsWithoutExponent(double value, String stored) {
    assertEquals(stored, Figure.stored(value).toPlainString());
  }
}
