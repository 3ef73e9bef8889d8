package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.Gateway;
import org.mobidesk.application.port.PolicyRepository;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.application.port.TrafficLedger;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;

/**
 * Keeps this proxy's gateway as the database says: which policy each session has and, after a
 * restart or when another proxy moved it, where it is. A policy is in force before the first packet
 * of a session passes. Accounts are written down now and then, and before they are dropped.
 *
 * <p>What this proxy has told its gateway is in memory; a proxy that starts tells it all again.
 */
@ApplicationScoped
public class GatewayUpkeep {

  private static final Logger LOG = Logger.getLogger(GatewayUpkeep.class);

  /** Accounts are noted each time that {@link #onTime} was called so often. */
  private static final int NOTE_EVERY = 30;

  @Inject private Gateway gateway;
  @Inject private Node node;
  @Inject private PolicyRepository policies;
  @Inject private SessionRepository sessions;
  @Inject private ServerDirectory servers;
  @Inject private TrafficLedger ledger;

  /** A policy as the gateway has it: peers by their addresses. */
  private record Told(SessionPolicy policy, List<String> peers) {}

  /** By session. */
  private final ConcurrentMap<String, Told> told = new ConcurrentHashMap<>();

  /** Session to the server where the gateway finds it. */
  private final ConcurrentMap<String, String> routed = new ConcurrentHashMap<>();

  /** Sessions of which a failure was logged, until it is over. */
  private final Set<String> failing = ConcurrentHashMap.newKeySet();

  private int calls;

  /** Before packets pass: the session's policy is in force afterwards. */
  public void beforePackets(Session session) throws StepFailed {
    if (!told.containsKey(session.id())) {
      enforce(session);
    }
  }

  /** The gateway was told that the session is at a server. */
  public void routed(Session session, String server) {
    routed.put(session.id(), server);
  }

  /** Takes session, policy and account out of the gateway. */
  public void forget(Session session) throws StepFailed {
    try {
      note(session);
    } catch (StepFailed | RuntimeException e) {
      LOG.debugf("the account of session %s was not noted: %s", session.id(), e.getMessage());
    }
    gateway.forget(session.address());
    told.remove(session.id());
    routed.remove(session.id());
  }

  /** Tells the gateway the session's policy as it is stored now. */
  public synchronized void enforce(Session session) throws StepFailed {
    SessionPolicy policy = policies.of(session.id());
    Map<String, Session> alive = policy.peers().isEmpty() ? Map.of() : byId(sessions.alive());
    Told wanted = wanted(policy, alive);
    gateway.policy(session.address(), wanted.policy(), wanted.peers());
    told.put(session.id(), wanted);
  }

  private static Told wanted(SessionPolicy policy, Map<String, Session> alive) {
    return new Told(
        policy,
        policy.peers().stream()
            .filter(alive::containsKey)
            .map(p -> alive.get(p).address())
            .toList());
  }

  /** Writes down what the session has sent and received; returns all of it. */
  public Traffic note(Session session) throws StepFailed {
    return ledger.note(session.id(), node.name(), gateway.traffic(session.address()));
  }

  /** Compares and corrects; to be called every few seconds, by one thread. */
  public void onTime() {
    policies.forgetEnded();
    Map<String, Session> alive = byId(sessions.alive());
    Map<String, SessionPolicy> all = policies.all();
    boolean noteNow = ++calls % NOTE_EVERY == 0;
    for (Session session : alive.values()) {
      if (session.state() == SessionState.RUNNING && session.busyWith().isEmpty()) {
        attempt(
            session,
            () -> {
              SessionPolicy policy = all.getOrDefault(session.id(), SessionPolicy.DEFAULT);
              if (!wanted(policy, alive).equals(told.get(session.id()))) {
                enforce(session);
              }
              routeIfNew(session);
              if (noteNow) {
                note(session);
              }
            });
      }
    }
    for (String id : routed.keySet()) {
      sessions
          .find(id)
          .filter(s -> s.busyWith().isEmpty())
          .filter(s -> s.state() == SessionState.ENDED || s.state() == SessionState.SUSPENDED)
          .ifPresent(s -> attempt(s, () -> forget(s)));
    }
  }

  /** Nothing yet when its server has not reported to this proxy. */
  private void routeIfNew(Session session) throws StepFailed {
    String server = session.location().server();
    Optional<String> address = servers.find(server).map(s -> s.address());
    if (!server.equals(routed.get(session.id())) && address.isPresent()) {
      gateway.route(session.address(), address.get());
      routed.put(session.id(), server);
    }
  }

  private interface Attempt {
    void run() throws StepFailed;
  }

  private void attempt(Session session, Attempt attempt) {
    try {
      attempt.run();
      failing.remove(session.id());
    } catch (StepFailed e) {
      if (failing.add(session.id())) {
        LOG.warnf(
            "the gateway is not as it should be for session %s: %s; it is tried again",
            session.id(), e.getMessage());
      }
    }
  }

  private static Map<String, Session> byId(List<Session> list) {
    return list.stream().collect(Collectors.toMap(Session::id, Function.identity()));
  }
}
