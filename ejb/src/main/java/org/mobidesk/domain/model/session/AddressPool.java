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
    if (!network.contains("/")) {
      throw new IllegalArgumentException(
          "session network \"" + network + "\" has no prefix length");
    }
    Ipv4Network all = Ipv4Network.parse(network);
    if (all.length() < 8 || all.length() > 27) {
      throw new IllegalArgumentException(
          "session network \"" + network + "\": the prefix length must be from 8 to 27");
    }
    first = all.base() + KEPT_FOR_HOSTS;
    last = all.base() + all.size() - 2;
  }

  /** The lowest address that is not taken; empty when all are. */
  public Optional<String> free(Set<String> taken) {
    for (long address = first; address <= last; address++) {
      String text = Ipv4Network.format(address);
      if (!taken.contains(text)) {
        return Optional.of(text);
      }
    }
    return Optional.empty();
  }
}
