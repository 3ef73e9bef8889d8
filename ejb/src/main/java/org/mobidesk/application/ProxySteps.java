package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import org.mobidesk.application.port.Gateway;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.Workflow;

/** The steps that are done at the proxy itself. */
@ApplicationScoped
public class ProxySteps {

  @Inject private Gateway gateway;
  @Inject private GatewayUpkeep upkeep;
  @Inject private LocationTable locations;
  @Inject private ServerDirectory servers;

  /** Does a step; returns what it measured. */
  public Map<String, Long> perform(Workflow workflow, StepExecution step, Session session)
      throws StepFailed {
    return switch (step.name()) {
      case ROUTE -> {
        upkeep.beforePackets(session);
        gateway.route(session.address(), addressOf(workflow.target()));
        upkeep.routed(session, workflow.target());
        locations.prime(session.id(), session.location());
        yield Map.of();
      }
      case HOLD -> {
        gateway.hold(session.address());
        yield Map.of();
      }
      case RELEASE -> {
        String server = step.undo() ? workflow.source() : workflow.target();
        upkeep.beforePackets(session);
        Map<String, Long> held = gateway.release(session.address(), addressOf(server));
        upkeep.routed(session, server);
        yield held;
      }
      case FORGET -> {
        upkeep.forget(session);
        yield Map.of();
      }
      case COMMIT -> {
        commit(session, workflow.from(), workflow.to());
        yield Map.of();
      }
      case RETURN -> {
        commit(session, workflow.to(), workflow.to().movedTo(workflow.source()));
        yield Map.of();
      }
      default ->
          throw new IllegalStateException("step " + step.name() + " is not done at the proxy");
    };
  }

  /** The compare-and-set. Done before: success. */
  private void commit(Session session, SessionLocation expected, SessionLocation next)
      throws StepFailed {
    boolean moved;
    try {
      locations.prime(session.id(), session.location());
      moved = locations.compareAndSet(session.id(), expected, next);
    } catch (RuntimeException e) {
      throw new StepFailed(
          FailureCode.UNREACHABLE,
          "the location table refuses to move session " + session.id() + ": " + e.getMessage(),
          e);
    }
    if (!moved) {
      throw new StepFailed(
          FailureCode.CONFLICT,
          "session " + session.id() + " is no longer at " + expected.asText(),
          null);
    }
  }

  private String addressOf(String server) throws StepFailed {
    return servers
        .find(server)
        .map(s -> s.address())
        .orElseThrow(
            () ->
                new StepFailed(
                    FailureCode.SERVER_DOWN,
                    "server " + server + " has not reported to this proxy yet",
                    null));
  }
}
