package org.mobidesk.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers as people read them. */
final class Units {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15}(?:\\.\\d{1,3})?)\\s*([KMGT]?)(?:i?B)?", Pattern.CASE_INSENSITIVE);

  private Units() {}

  /** Bytes as KiB, MiB or GiB, with three significant digits. */
  static String bytes(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    String format = unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s";
    return String.format(Locale.ROOT, format, value, units[unit]);
  }

  /** The inverse of {@link #bytes}: a number with B, K, M, G or T, or KiB and so on. */
  static final class Bytes implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      Matcher size = SIZE.matcher(text.strip());
      if (!size.matches()) {
        throw new TypeConversionException(
            "\"" + text + "\" is not a size: a number, and K, M, G or T, such as 512M or 20G");
      }
      int power = "BKMGT".indexOf(Character.toUpperCase((size.group(2) + "B").charAt(0)));
      try {
        return new BigDecimal(size.group(1))
            .multiply(BigDecimal.valueOf(1L << (10 * power)))
            .setScale(0, RoundingMode.DOWN)
            .longValueExact();
      } catch (ArithmeticException e) {
        throw new TypeConversionException("\"" + text + "\" is more than any computer has");
      }
    }
  }

  /** Microseconds as milliseconds with one decimal, or seconds above ten. */
  static String micros(long micros) {
    return micros >= 10_000_000
        ? String.format(Locale.ROOT, "%.1f s", micros / 1e6)
        : String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }
}
