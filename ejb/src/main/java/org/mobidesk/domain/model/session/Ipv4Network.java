package org.mobidesk.domain.model.session;

/**
 * An IPv4 network.
 *
 * @param base its address
 * @param length of the prefix, 0 to 32
 */
public record Ipv4Network(long base, int length) {

  /**
   * Reads {@code 10.74.0.0/16}; an address alone is a network of one.
   *
   * @throws IllegalArgumentException in words for people
   */
  public static Ipv4Network parse(String text) {
    int slash = text.indexOf('/');
    Ipv4Network network =
        slash < 0
            ? new Ipv4Network(address(text), 32)
            : new Ipv4Network(
                address(text.substring(0, slash)), number(text.substring(slash + 1), 32, text));
    if (network.base % network.size() != 0) {
      throw new IllegalArgumentException("\"" + text + "\" is not the address of a network");
    }
    return network;
  }

  /** How many addresses it has. */
  public long size() {
    return 1L << (32 - length);
  }

  /** An address as people write it. */
  public static String format(long address) {
    return (address >> 24 & 255)
        + "."
        + (address >> 16 & 255)
        + "."
        + (address >> 8 & 255)
        + "."
        + (address & 255);
  }

  private static long address(String text) {
    String[] parts = text.split("\\.", -1);
    if (parts.length != 4) {
      throw malformed(text);
    }
    long value = 0;
    for (String part : parts) {
      value = value << 8 | number(part, 255, text);
    }
    return value;
  }

  private static int number(String digits, int most, String text) {
    if (!digits.matches("\\d{1,3}") || Integer.parseInt(digits) > most) {
      throw malformed(text);
    }
    return Integer.parseInt(digits);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not an IPv4 network, such as 203.0.113.0/24");
  }
}
