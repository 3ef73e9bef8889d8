package org.mobidesk.application;

/** Ports from {@code first} to {@code last}. */
public record PortRange(int first, int last) {

  /**
   * Reads {@code 20000-29999}.
   *
   * @throws IllegalArgumentException in words for people
   */
  static PortRange parse(String text) {
    String[] ends = text.split("-", -1);
    boolean two = ends.length == 2 && ends[0].matches("\\d{1,5}") && ends[1].matches("\\d{1,5}");
    PortRange range =
        two ? new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1])) : null;
    if (range == null || range.first < 1 || range.last > 65535 || range.first > range.last) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not a range of ports, such as 20000-29999");
    }
    return range;
  }

  boolean has(int port) {
    return port >= first && port <= last;
  }

  @Override
  public String toString() {
    return first + "-" + last;
  }
}
