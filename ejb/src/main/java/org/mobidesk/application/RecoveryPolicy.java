package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.workflow.Workflow;

/**
 * Sees to the sessions of servers that are down: tells who looks at them, and after the configured
 * time lets them go on from their last copies at servers that are up. Sessions without a copy wait
 * for their server, and those of a server in maintenance, too: there an administrator is at work.
 */
@ApplicationScoped
public class RecoveryPolicy {

  private static final Logger LOG = Logger.getLogger(RecoveryPolicy.class);

  /** A recovery that failed is tried again after twice the time, but after so long at last. */
  private static final Duration LONGEST_PAUSE = Duration.ofHours(1);

  /** A server that is silent for less may just be busy. */
  private static final Duration HICCUP = Duration.ofSeconds(10);

  /** A copy that is older than this, and than so many intervals, is for somebody to decide on. */
  private static final Duration OLDEST = Duration.ofHours(1);

  private static final int MOST_MISSED = 3;

  @Inject private Node node;
  @Inject private SessionRepository sessions;
  @Inject private ServerDirectory servers;
  @Inject private SessionAdministration administration;
  @Inject private SessionChanges changes;
  @Inject private Audit audit;

  private final ConcurrentMap<String, Attempts> attempts = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Instant> told = new ConcurrentHashMap<>();

  private record Attempts(int count, Instant next) {}

  /** Looks at all sessions. */
  public void onTime() {
    Instant now = Instant.now();
    List<Session> inTrouble =
        Stream.concat(sessions.alive().stream(), sessions.lost().stream())
            .filter(s -> s.busyWith().isPresent() || isStranded(s))
            .toList();
    List<String> ids = inTrouble.stream().map(Session::id).toList();
    attempts.keySet().retainAll(ids);
    told.keySet().retainAll(ids);
    for (Session session : inTrouble.stream().filter(this::isStranded).toList()) {
      tell(session, now);
      node.recoverAfter()
          .filter(after -> isDue(session, after, now))
          .ifPresent(after -> recover(session, after, now));
    }
  }

  /** Why a session cannot be reached now and what becomes of it, for people; empty: it can be. */
  public Optional<String> outlook(Session session) {
    if (session.state() != SessionState.RUNNING || session.busyWith().isPresent()) {
      return Optional.empty();
    }
    String server = session.location().server();
    return servers.downSince(server).map(since -> outlook(session, server, since));
  }

  private String outlook(Session session, String server, Instant since) {
    String down = "server " + server + " is down since " + since.truncatedTo(ChronoUnit.SECONDS);
    if (session.lastCopy().isEmpty()) {
      return down + " and there is no copy of the session: it waits for the server";
    }
    return down
        + "; there is a copy of "
        + session.lastCopy().get().taken().truncatedTo(ChronoUnit.SECONDS)
        + (isAutomatic(session)
            ? ", from which the session goes on at another server soon"
            : ", from which the session can be recovered");
  }

  /**
   * Whether nobody has to ask. Not where an administrator is at work, and not when the copy was old
   * when the server went down: unless the session is lost, it may come back and have days of work.
   */
  private boolean isAutomatic(Session session) {
    String server = session.location().server();
    Instant since = servers.downSince(server).orElseGet(Instant::now);
    Duration oldest =
        node.copyEvery()
            .map(every -> every.multipliedBy(MOST_MISSED))
            .filter(most -> most.compareTo(OLDEST) > 0)
            .orElse(OLDEST);
    return node.recoverAfter().isPresent()
        && !servers.inMaintenance(server)
        && session
            .lastCopy()
            .filter(
                c -> session.state() == SessionState.LOST || c.taken().plus(oldest).isAfter(since))
            .isPresent();
  }

  /** Nothing is being done about it, and its server does not have it. */
  private boolean isStranded(Session session) {
    return session.busyWith().isEmpty()
        && (session.state() == SessionState.LOST
            || session.state() == SessionState.RUNNING
                && servers.downSince(session.location().server()).isPresent());
  }

  /** Whether its server has been down for too long to wait for what it still sends. */
  public boolean isGivenUp(Session session) {
    return session.state() == SessionState.RUNNING
        && servers
            .downSince(session.location().server())
            .filter(since -> since.plus(HICCUP).isBefore(Instant.now()))
            .isPresent();
  }

  /**
   * Once: those who watch it notice that its server is down, and the log has what becomes of it.
   */
  private void tell(Session session, Instant now) {
    if (isGivenUp(session) && told.putIfAbsent(session.id(), now) == null) {
      outlook(session).ifPresent(words -> LOG.warnf("session %s: %s", session.id(), words));
      changes.publish(session);
    }
  }

  private boolean isDue(Session session, Duration after, Instant now) {
    if (!isAutomatic(session)) {
      return false;
    }
    Attempts before = attempts.get(session.id());
    if (before != null) {
      return !before.next().isAfter(now);
    }
    return session.state() == SessionState.LOST
        || servers
            .downSince(session.location().server())
            .filter(since -> !since.plus(after).isAfter(now))
            .isPresent();
  }

  private void recover(Session session, Duration after, Instant now) {
    int count = attempts.getOrDefault(session.id(), new Attempts(0, now)).count();
    Duration pause = after.multipliedBy(1L << Math.min(count, 16));
    attempts.put(
        session.id(),
        new Attempts(
            count + 1, now.plus(pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause)));
    try {
      Workflow workflow = administration.recover(session.id(), null);
      audit.record(
          "policy",
          "",
          "session-recover",
          session.id(),
          "at " + workflow.target() + ", as server " + session.location().server() + " is down");
    } catch (RequestRefused e) {
      LOG.warnf("session %s cannot be recovered now: %s", session.id(), e.getMessage());
    }
  }
}
