package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.ServerState;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionState;

/**
 * Copies running sessions to the storage tier every so often, so that a server that dies costs
 * minutes of them only. One session of a server at a time, and none while another one of it is
 * being changed. A session never stands still for its copies for more than a hundredth of the time.
 */
@ApplicationScoped
public class CopyPolicy {

  private static final Logger LOG = Logger.getLogger(CopyPolicy.class);

  /** A session runs for so many times what it stood still for the last copy. */
  private static final int MOST_STOPPED = 100;

  @Inject private Node node;
  @Inject private SessionRepository sessions;
  @Inject private ServerDirectory servers;
  @Inject private SessionAdministration administration;

  /** A copy that failed is not tried again at once; a restart of the proxy counts anew. */
  private final ConcurrentMap<String, Instant> tried = new ConcurrentHashMap<>();

  /** Begins what is due. */
  public void onTime() {
    Optional<Duration> every = node.copyEvery();
    if (every.isEmpty()) {
      return;
    }
    Instant now = Instant.now();
    List<Session> alive = sessions.alive();
    tried.keySet().retainAll(alive.stream().map(Session::id).toList());
    for (Server server : servers.all()) {
      if (server.state(now) != ServerState.DOWN) {
        next(server.name(), alive, every.get(), now).ifPresent(s -> copy(s, now));
      }
    }
  }

  /** The session of a server whose copy is the longest overdue. */
  private Optional<Session> next(
      String server, Collection<Session> alive, Duration every, Instant now) {
    List<Session> here = alive.stream().filter(s -> s.location().server().equals(server)).toList();
    if (here.stream().anyMatch(s -> s.busyWith().isPresent())) {
      return Optional.empty();
    }
    return here.stream()
        .filter(s -> s.state() == SessionState.RUNNING)
        .filter(s -> !due(s, every, tried.get(s.id())).isAfter(now))
        .min(Comparator.comparing(s -> due(s, every, tried.get(s.id()))));
  }

  /**
   * When the next copy of a session is to be taken.
   *
   * @param tried when one was last begun, or null
   */
  static Instant due(Session session, Duration every, Instant tried) {
    Instant last = session.lastCopy().map(SessionCopy::taken).orElse(session.created());
    Duration rest =
        session
            .lastCopy()
            .map(c -> c.stopped().multipliedBy(MOST_STOPPED))
            .filter(most -> most.compareTo(every) > 0)
            .orElse(every);
    return (tried == null || tried.isBefore(last) ? last : tried).plus(rest);
  }

  private void copy(Session session, Instant now) {
    tried.put(session.id(), now);
    try {
      administration.copy(session.id());
    } catch (RequestRefused e) {
      LOG.infof("session %s is not copied now: %s", session.id(), e.getMessage());
    }
  }
}
