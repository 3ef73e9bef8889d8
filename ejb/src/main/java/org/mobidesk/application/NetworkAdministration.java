package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.function.UnaryOperator;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.TrafficLedger;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;

/**
 * What administrators do with the network of sessions. A change is stored, and holds at once where
 * the session runs; a session that is suspended has it when it comes back. Refusals are {@link
 * RequestRefused}.
 */
@ApplicationScoped
public class NetworkAdministration {

  @Inject private SessionAdministration sessions;
  @Inject private PolicyChanges changes;
  @Inject private GatewayUpkeep gateway;
  @Inject private TrafficLedger ledger;
  @Inject private Node node;

  public SessionPolicy policy(String id) {
    return changes.policyOf(sessions.find(id).id());
  }

  /** Replaces all of the policy but what is published. */
  public SessionPolicy regulate(String id, SessionPolicy rules) {
    for (String peer : rules.peers()) {
      sessions.find(peer);
    }
    return change(id, old -> rules.with(old.published()));
  }

  /** Lets outside hosts reach a port of the session at a port of the proxy. */
  public SessionPolicy publish(String id, Publication publication) {
    PortRange open = node.publishedPorts();
    if (!open.has(publication.outsidePort())) {
      throw new RequestRefused(
          Reason.INVALID,
          "port-closed",
          "the proxy publishes its ports "
              + open
              + " only (system property mobidesk.publish.ports), not "
              + publication.outsidePort());
    }
    return change(id, old -> old.publishing(publication));
  }

  /** Ends a publication, which is named as by {@link Publication#outside()}; absent: nothing. */
  public SessionPolicy withdraw(String id, String outside) {
    return change(id, old -> old.withdrawing(outside));
  }

  private SessionPolicy change(String id, UnaryOperator<SessionPolicy> change) {
    Session session = sessions.find(id);
    if (session.state() == SessionState.ENDED) {
      throw new RequestRefused(Reason.CONFLICT, "session-ended", "session " + id + " has ended");
    }
    SessionPolicy policy;
    try {
      policy = changes.change(id, change);
    } catch (IllegalArgumentException e) {
      throw new RequestRefused(Reason.INVALID, "policy-invalid", e.getMessage());
    }
    try {
      if (session.state() == SessionState.RUNNING || session.state() == SessionState.MOVING) {
        gateway.enforce(session);
      }
    } catch (StepFailed e) {
      throw new RequestRefused(
          Reason.FAILED,
          e.code().wire(),
          "the policy of session "
              + id
              + " is stored, but does not hold yet; it is tried again: "
              + e.getMessage());
    }
    return policy;
  }

  /** All that a session has sent to and received from other hosts and sessions. */
  public Traffic traffic(String id) {
    Session session = sessions.find(id);
    try {
      return session.state() == SessionState.RUNNING ? gateway.note(session) : ledger.of(id);
    } catch (StepFailed e) {
      throw new RequestRefused(Reason.FAILED, e.code().wire(), e.getMessage());
    }
  }
}
