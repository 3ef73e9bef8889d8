package org.mobidesk.cli;

import java.util.Locale;

/** Numbers as people read them. */
final class Units {
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

  /** Microseconds as milliseconds with one decimal, or seconds above ten. */
  static String micros(long micros) {
    return micros >= 10_000_000
        ? String.format(Locale.ROOT, "%.1f s", micros / 1e6)
        : String.format(Locale.ROOT, "%.1f ms", micros / 1e3);
  }
}
