package org.mobidesk.bench;

import java.math.BigDecimal;
import java.math.MathContext;

/** Numbers as they are written: no more digits than a measurement has. */
final class Figure {

  private static final MathContext SHOWN = new MathContext(3);
  private static final MathContext STORED = new MathContext(9);

  private Figure() {}

  /** For people: three significant digits, whole numbers in full. */
  static String shown(double value) {
    BigDecimal exact = BigDecimal.valueOf(value);
    BigDecimal rounded = exact.round(SHOWN);
    return plain(rounded.scale() < 0 ? exact.setScale(0, SHOWN.getRoundingMode()) : rounded)
        .toPlainString();
  }

  /** For programs: nine significant digits, never in exponential notation. */
  static BigDecimal stored(double value) {
    return plain(BigDecimal.valueOf(value).round(STORED));
  }

  private static BigDecimal plain(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }
}
