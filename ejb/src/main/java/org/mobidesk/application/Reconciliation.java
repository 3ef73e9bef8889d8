package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.AddressLeases;
import org.mobidesk.application.port.CommandSender;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.SessionSighting.HostState;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.workflow.StepName;

/**
 * Compares what servers report with what the database says, for sessions that no workflow is
 * changing: notes sessions that have ended or are lost, and has servers remove what a workflow had
 * to leave behind.
 */
@ApplicationScoped
public class Reconciliation {

  private static final Logger LOG = Logger.getLogger(Reconciliation.class);

  /**
   * A session must be missing from its server's reports for so long: a report may have been on its
   * way when the session came.
   */
  private static final Duration MISSING = Duration.ofSeconds(3);

  /** A command to tidy up is repeated after this. */
  private static final Duration REPEAT = Duration.ofSeconds(5);

  /** Tidying up comes after the steps of the last workflow and before those of the next. */
  private static final long LAST_ORDER_OF_WORKFLOW = 999;

  @Inject private SessionRepository sessions;
  @Inject private AddressLeases addresses;
  @Inject private CommandSender commands;
  @Inject private LocationTable locations;

  private final ConcurrentMap<String, Instant> missingSince = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Instant> tidied = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, String> unknown = new ConcurrentHashMap<>();

  /** Looks at a heartbeat; returns the sessions that it changed. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public java.util.List<Session> compare(ServerReport report, Instant now) {
    if (!report.hostAnswers()) {
      return java.util.List.of();
    }
    java.util.List<Session> changed = new java.util.ArrayList<>();
    Map<String, SessionSighting> seen =
        report.sessions().stream().collect(Collectors.toMap(SessionSighting::id, s -> s));
    for (SessionSighting sighting : report.sessions()) {
      compare(report.server(), sighting, now).ifPresent(changed::add);
    }
    for (Session session : sessions.alive()) {
      boolean here = session.location().server().equals(report.server());
      if (here && session.state() == SessionState.RUNNING && session.busyWith().isEmpty()) {
        lost(session, seen.containsKey(session.id()), now).ifPresent(changed::add);
      } else if (here) {
        missingSince.remove(session.id());
      }
    }
    return changed;
  }

  /** A session ended by itself, says its host; nothing when it is another epoch's news. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Optional<Session> endedByItself(String server, String id, long epoch, String message) {
    return sessions
        .find(id)
        .filter(s -> s.state() == SessionState.RUNNING && s.busyWith().isEmpty())
        .filter(s -> s.location().server().equals(server) && s.location().epoch() == epoch)
        .map(s -> end(s, "the desktop ended: " + message));
  }

  private Optional<Session> compare(String server, SessionSighting sighting, Instant now) {
    Session session = sessions.find(sighting.id()).orElse(null);
    if (session == null) {
      if (unknown.put(sighting.id(), server) == null) {
        LOG.warnf(
            "server %s has session %s, which the database does not know; it is left alone",
            server, sighting.id());
      }
      return Optional.empty();
    }
    if (session.busyWith().isPresent()) {
      return Optional.empty();
    }
    boolean owner = session.location().server().equals(server);
    boolean held = session.state() == SessionState.RUNNING || session.state() == SessionState.LOST;
    if (owner && held && sighting.epoch() == session.location().epoch() + 1) {
      return copied(session);
    }
    if (owner && session.state() == SessionState.LOST) {
      return found(session, sighting);
    }
    boolean sameEpoch = session.location().epoch() == sighting.epoch();
    if (owner && sameEpoch && session.state() == SessionState.RUNNING) {
      return sighting.state() == HostState.EXITED
          ? Optional.of(end(session, "the desktop ended by itself"))
          : Optional.empty();
    }
    leftover(server, session, sighting, owner)
        .ifPresent(s -> tidy(server, session, s, sighting, now));
    return Optional.empty();
  }

  /**
   * It was copied, and runs on as the next epoch, but the copy failed later or its answer did not
   * come: nothing else makes a session run as an epoch that was not committed.
   */
  private Optional<Session> copied(Session session) {
    SessionLocation next = session.location().movedTo(session.location().server());
    locations.prime(session.id(), session.location());
    if (!locations.compareAndSet(session.id(), session.location(), next)) {
      return Optional.empty();
    }
    LOG.infof("session %s goes on as epoch %d", session.id(), next.epoch());
    Session followed = session.committedTo(next);
    sessions.save(followed);
    return Optional.of(followed);
  }

  /** It was given up too soon. */
  private Optional<Session> found(Session session, SessionSighting sighting) {
    boolean same = session.location().epoch() == sighting.epoch();
    if (!same
        || sighting.state() != HostState.RUNNING
        || sessions.findAliveOf(session.user()).isPresent()) {
      return Optional.empty();
    }
    LOG.infof("session %s is found: it runs at %s", session.id(), session.location().asText());
    Session found = session.running();
    sessions.save(found);
    return Optional.of(found);
  }

  /** What removes a thing that is not to be there; empty when it may stay. */
  private Optional<StepName> leftover(
      String server, Session session, SessionSighting sighting, boolean owner) {
    if (session.state() == SessionState.ENDED) {
      return Optional.of(StepName.DESTROY);
    }
    if (owner) {
      return Optional.empty();
    }
    return switch (sighting.state()) {
      case RESERVED, HELD -> Optional.of(StepName.ABORT);
      case CHECKPOINTED -> Optional.of(StepName.REAP);
      case RUNNING -> {
        LOG.errorf(
            "server %s runs session %s at epoch %d, but it belongs to %s",
            server, session.id(), sighting.epoch(), session.location().asText());
        yield Optional.of(StepName.EVICT);
      }
      case EXITED -> Optional.of(StepName.EVICT);
    };
  }

  private void tidy(
      String server, Session session, StepName step, SessionSighting sighting, Instant now) {
    String key = step + " " + session.id() + " " + server;
    Instant last = tidied.get(key);
    if (last != null && last.plus(REPEAT).isAfter(now)) {
      return;
    }
    tidied.put(key, now);
    LOG.infof("server %s is told to %s session %s", server, step.wire(), session.id());
    try {
      commands.send(
          new StepCommand(
              StepCommand.NO_WORKFLOW,
              session.workflows() * 1000L + LAST_ORDER_OF_WORKFLOW,
              1,
              step,
              server,
              StepCommand.SessionFacts.of(session),
              sighting.epoch(),
              sighting.epoch() + 1,
              null,
              false,
              null));
    } catch (StepFailed e) {
      LOG.warnf("%s; it is tried again", e.getMessage());
    }
  }

  private Optional<Session> lost(Session session, boolean seen, Instant now) {
    if (seen) {
      missingSince.remove(session.id());
      return Optional.empty();
    }
    Instant since = missingSince.computeIfAbsent(session.id(), id -> now);
    if (since.plus(MISSING).isAfter(now)) {
      return Optional.empty();
    }
    missingSince.remove(session.id());
    String reason = "server " + session.location().server() + " does not have the session any more";
    LOG.errorf("session %s is lost: %s", session.id(), reason);
    Session lost = session.lost(reason);
    sessions.save(lost);
    return Optional.of(lost);
  }

  private Session end(Session session, String reason) {
    Session ended = session.ended(reason);
    sessions.save(ended);
    addresses.release(session.id(), Instant.now());
    LOG.infof("session %s: %s", session.id(), reason);
    return ended;
  }
}
