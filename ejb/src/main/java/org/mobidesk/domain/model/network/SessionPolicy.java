package org.mobidesk.domain.model.network;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a session may reach, and what of it can be reached from outside. Replies to what was let
 * through always pass.
 *
 * @param restricted whether outside hosts are reached only where {@code allow} has them
 * @param allow networks of outside hosts, IPv4 and IPv6
 * @param peers ids of sessions that it may begin conversations with; no others
 * @param outRate most bytes per second that it sends, 0: no limit
 * @param inRate most bytes per second that it receives, 0: no limit
 */
public record SessionPolicy(
    boolean restricted,
    List<String> allow,
    List<String> peers,
    long outRate,
    long inRate,
    List<Publication> published) {

  /** Outside hosts, no other session, nothing published. */
  public static final SessionPolicy DEFAULT =
      new SessionPolicy(false, List.of(), List.of(), 0, 0, List.of());

  /** What a gateway takes of each kind. */
  private static final int MOST_RULES = 128;

  /** Characters of all networks, with one between each two: what is stored of them. */
  private static final int MOST_TEXT = 4000;

  /** 80 Gbit/s. */
  private static final long HIGHEST_RATE = 10_000_000_000L;

  /**
   * @throws IllegalArgumentException in words for people
   */
  public SessionPolicy {
    allow = allow.stream().map(OutsideNetwork::parse).toList();
    peers = List.copyOf(peers);
    published = List.copyOf(published);
    checkCount("networks", allow);
    checkCount("other sessions", peers);
    checkCount("published ports", published);
    if (String.join(" ", allow).length() > MOST_TEXT) {
      throw new IllegalArgumentException("the networks are too many: name larger ones");
    }
    checkRate(outRate);
    checkRate(inRate);
  }

  private static void checkCount(String what, List<?> rules) {
    if (rules.size() > MOST_RULES) {
      throw new IllegalArgumentException(
          rules.size() + " " + what + " are too many: at most " + MOST_RULES);
    }
    if (rules.stream().distinct().count() < rules.size()) {
      throw new IllegalArgumentException("one of the " + what + " is there twice");
    }
  }

  private static void checkRate(long rate) {
    if (rate < 0 || rate > HIGHEST_RATE) {
      throw new IllegalArgumentException(
          rate + " is not a limit: 0 (none) to " + HIGHEST_RATE + " bytes per second");
    }
  }

  /** The same, also with {@code more}, instead of what had its outside port. */
  public SessionPolicy publishing(Publication more) {
    return with(Stream.concat(others(more.outside()), Stream.of(more)).toList());
  }

  /** The same without what is at an outside port, which is like {@link Publication#outside()}. */
  public SessionPolicy withdrawing(String outside) {
    return with(others(outside).toList());
  }

  /** The same rules with other ports published. */
  public SessionPolicy with(List<Publication> others) {
    return new SessionPolicy(restricted, allow, peers, outRate, inRate, others);
  }

  private Stream<Publication> others(String outside) {
    return published.stream().filter(p -> !p.outside().equals(outside));
  }
}
