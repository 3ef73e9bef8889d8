package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.ServerRepository;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.ServerState;
import org.mobidesk.domain.model.server.SessionSighting;

/**
 * The servers that have reported to this proxy. Kept in memory: half a second after a restart it is
 * complete again. What administrators decided about them is in the database.
 */
@ApplicationScoped
public class ServerDirectory {

  private static final Logger LOG = Logger.getLogger(ServerDirectory.class);

  /** After a start of this proxy its servers need some time to find its broker again. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  @Inject private ServerRepository decisions;

  private final Instant start = Instant.now();
  private final ConcurrentMap<String, Server> servers = new ConcurrentHashMap<>();

  /** Since when the host daemons of servers that report do not answer. */
  private final ConcurrentMap<String, Instant> hostsSilent = new ConcurrentHashMap<>();

  /**
   * Takes a heartbeat. Asks the database each time: another proxy may have been told of a decision.
   */
  public void heard(ServerReport report, Instant now) {
    Server before =
        servers.put(
            report.server(), new Server(report, now, decisions.inMaintenance(report.server())));
    if (before == null || !before.reachable(now)) {
      LOG.infof("server %s at %s reports", report.server(), report.address());
    }
    if (report.hostAnswers()) {
      hostsSilent.remove(report.server());
    } else {
      hostsSilent.putIfAbsent(report.server(), now);
    }
    boolean answered = before == null || before.report().hostAnswers();
    if (answered && !report.hostAnswers()) {
      LOG.warnf("server %s: %s", report.server(), report.hostFailure());
    }
  }

  /** Takes a server out of placement, or puts it back. */
  public void setMaintenance(String name, boolean on) {
    decisions.setMaintenance(name, on);
    servers.computeIfPresent(name, (n, s) -> new Server(s.report(), s.lastSeen(), on));
  }

  public Collection<Server> all() {
    return servers.values();
  }

  public Optional<Server> find(String name) {
    return Optional.ofNullable(servers.get(name));
  }

  /**
   * Whether commands reach it now. One that could not yet report since this proxy started is not
   * held for down: a restart of the proxy must not fail what is under way.
   */
  public boolean reachable(String name) {
    return heardWithin(name, Server.SILENCE);
  }

  /** The same, for a server whose report may be as old as that. */
  public boolean heardWithin(String name, Duration silence) {
    Instant now = Instant.now();
    return find(name)
        .map(s -> s.lastSeen().plus(silence).isAfter(now))
        .orElse(now.isBefore(start.plus(GRACE)));
  }

  /**
   * Since when a server is down: it does not report, or its host daemon does not answer; empty when
   * it is up, or may be.
   */
  public Optional<Instant> downSince(String name) {
    if (find(name).isEmpty()) {
      return reachable(name) ? Optional.empty() : Optional.of(start);
    }
    Instant now = Instant.now();
    return find(name).filter(s -> s.state(now) == ServerState.DOWN).map(s -> sinceOf(s, now));
  }

  private Instant sinceOf(Server server, Instant now) {
    Instant hostSilent = hostsSilent.get(server.name());
    return hostSilent == null || !server.reachable(now) ? server.lastSeen() : hostSilent;
  }

  /** Whether an administrator works on it. */
  public boolean inMaintenance(String name) {
    return decisions.inMaintenance(name);
  }

  /** A session as the last report of this server has it. */
  public Optional<SessionSighting> sighting(String server, String session) {
    return find(server)
        .filter(s -> s.state(Instant.now()) != ServerState.DOWN)
        .flatMap(
            s -> s.report().sessions().stream().filter(x -> x.id().equals(session)).findFirst());
  }
}
