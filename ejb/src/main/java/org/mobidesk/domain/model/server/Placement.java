package org.mobidesk.domain.model.server;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which server gets a session: of those that are up and have the template, the one with the fewest
 * sessions for each processor, then the one with the most free memory.
 */
public final class Placement {

  private static final Comparator<Server> BEST_FIRST =
      Comparator.comparingDouble(Server::load)
          .thenComparing(s -> -s.report().memoryAvailableBytes())
          .thenComparing(Server::name);

  /** A server and the exact template image that a session will have there. */
  public record Place(Server server, Template template) {}

  private Placement() {}

  /** For a new session: the best server that has the template, and the newest version there. */
  public static Optional<Place> forNew(
      Collection<Server> servers, String templateName, Instant now) {
    return servers.stream()
        .filter(s -> s.state(now) == ServerState.UP)
        .filter(s -> newest(s, templateName).isPresent())
        .min(BEST_FIRST)
        .map(s -> new Place(s, newest(s, templateName).orElseThrow()));
  }

  /** Hosts list their templates in the order of their age; the newest is the last. */
  private static Optional<Template> newest(Server server, String name) {
    return server.report().templates().stream()
        .filter(t -> t.name().equals(name) && t.fits())
        .reduce((older, newer) -> newer);
  }

  /** For a session that is pinned to its template image. */
  public static Optional<Server> best(
      Collection<Server> servers, String templateId, Instant now, Predicate<Server> admissible) {
    return servers.stream()
        .filter(s -> s.state(now) == ServerState.UP)
        .filter(s -> fits(s, templateId))
        .filter(admissible)
        .min(BEST_FIRST);
  }

  private static boolean fits(Server server, String templateId) {
    return server.report().templates().stream()
        .anyMatch(t -> t.id().equals(templateId) && t.fits());
  }

  /**
   * Whether a server can have what is on the storage of another one; true unless both say that they
   * have different storage.
   */
  public static boolean mayShareStorage(Server one, Server other) {
    Optional<String> here = one.report().storage();
    Optional<String> there = other.report().storage();
    return here.isEmpty() || there.isEmpty() || here.equals(there);
  }

  /** Whether a server has exactly this template image. */
  public static boolean has(Server server, String templateId) {
    return server.report().templates().stream().anyMatch(t -> t.id().equals(templateId));
  }
}
