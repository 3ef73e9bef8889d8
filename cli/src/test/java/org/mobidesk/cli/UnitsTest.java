package org.mobidesk.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class UnitsTest {
  private final Units.Bytes sizes = new Units.Bytes();

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "1K, 1024",
    "512M, 536870912",
    "20G, 21474836480",
    "1.5G, 1610612736",
    "2 GiB, 2147483648",
    "20g, 21474836480"
  })
  void sizesAsPeopleTypeThem(String text, long bytes) {
    assertEquals(bytes, sizes.convert(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "G", "-1", "1.G", "20X", "20G 1", "999999999999T"})
  void whatIsNoSize(String text) {
    assertThrows(TypeConversionException.class, () -> sizes.convert(text));
  }

  @Test
  void bytesAsPeopleReadThem() {
    assertEquals("20.0 GiB", Units.bytes(20L << 30));
    assertEquals("17 B", Units.bytes(17));
  }
}
