package org.mobidesk.domain.model.session;

import java.util.Optional;
import java.util.Set;

/**
 * The addresses of sessions: an IPv4 network whose first 16 and last address are kept for hosts.
 *
 * <p>An address that a session has left is used again only after a quarantine, because peers and
 * caches on the way may still take it for the old session.
 */
public final class AddressPool {

  private static final int KEPT_FOR_HOSTS = 16;

  private final long first;
  private final long last;

  /**
   * @param network such as {@code 10.74.0.0/16}
   * @throws IllegalArgumentException when it is no IPv4 network with room for sessions
   */
  public AddressPool(String network) {
    int slash = network.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "session network \"" + network + "\" has no prefix length");
    }
    int prefix = Integer.parseInt(network.substring(slash + 1));
    if (prefix < 8 || prefix > 27) {
      throw new IllegalArgumentException(
          "session network \"" + network + "\": the prefix length must be from 8 to 27");
    }
    long size = 1L << (32 - prefix);
    long base = parse(network.substring(0, slash));
    if (base % size != 0) {
      throw new IllegalArgumentException("\"" + network + "\" is not the address of a network");
    }
    first = base + KEPT_FOR_HOSTS;
    last = base + size - 2;
  }

  /** The lowest address that is not taken; empty when all are. */
  public Optional<String> free(Set<String> taken) {
    for (long address = first; address <= last; address++) {
      String text = format(address);
      if (!taken.contains(text)) {
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }

  private static long parse(String address) {
    String[] parts = address.split("\\.", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException("\"" + address + "\" is not an IPv4 address");
    }
    long value = 0;
    for (String part : parts) {
      int octet = Integer.parseInt(part);
      if (octet < 0 || octet > 255) {
        throw new IllegalArgumentException("\"" + address + "\" is not an IPv4 address");
      }
      value = value << 8 | octet;
    }
    return value;
  }

  private static String format(long address) {
    return (address >> 24 & 255)
        + "."
        + (address >> 16 & 255)
        + "."
        + (address >> 8 & 255)
        + "."
        + (address & 255);
  }
}
