package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.ReportSender;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.domain.model.workflow.StepOutcome;
import org.mobidesk.domain.model.workflow.StepResult;

/**
 * Does the steps that arrive at a server: those of one session one after the other, each as often
 * as it takes and never after a later one has begun (docs/decisions/0004).
 */
@ApplicationScoped
public class CommandExecution {

  private static final Logger LOG = Logger.getLogger(CommandExecution.class);

  @Inject private SessionHost host;
  @Inject private ReportSender reports;
  @Inject private Node node;

  private final ConcurrentMap<String, Lane> lanes = new ConcurrentHashMap<>();

  /** The commands of one session. */
  private static final class Lane {
    final ReentrantLock lock = new ReentrantLock(true);
    long highestOrder;
    long inFlight = -1;
    int attemptInFlight;

    /** Whether the command is to be done: it is neither overtaken nor being done already. */
    synchronized boolean admit(StepCommand command) {
      if (command.order() < highestOrder) {
        return false;
      }
      if (command.order() == inFlight) {
        attemptInFlight = Math.max(attemptInFlight, command.attempt());
        return false;
      }
      highestOrder = command.order();
      inFlight = command.order();
      attemptInFlight = command.attempt();
      return true;
    }

    synchronized boolean overtaken(StepCommand command) {
      return command.order() < highestOrder;
    }

    /** The attempt that the answer is to: the newest one that has arrived. */
    synchronized int leave(StepCommand command) {
      if (inFlight != command.order()) {
        return command.attempt();
      }
      inFlight = -1;
      return attemptInFlight;
    }
  }

  /** Does a command and reports its outcome. */
  public void execute(StepCommand command) {
    Lane lane = lanes.computeIfAbsent(command.session().id(), id -> new Lane());
    if (!lane.admit(command)) {
      LOG.debugf("not done (again): %s", command);
      return;
    }
    StepResult result;
    lane.lock.lock();
    try {
      if (lane.overtaken(command)) {
        lane.leave(command);
        return;
      }
      result = perform(command);
    } finally {
      lane.lock.unlock();
    }
    int attempt = lane.leave(command);
    if (!command.workflow().equals(StepCommand.NO_WORKFLOW)) {
      reports.outcome(
          node.name(), new StepOutcome(command.workflow(), command.order(), attempt, result));
    }
  }

  private StepResult perform(StepCommand command) {
    long begin = System.nanoTime();
    try {
      Map<String, Long> figures = host.perform(command);
      LOG.infof(
          "session %s: %s done in %.1f ms",
          command.session().id(), command.step().wire(), (System.nanoTime() - begin) / 1e6);
      return new StepResult.Succeeded(figures);
    } catch (StepFailed e) {
      LOG.warnf(
          "session %s: %s failed: %s",
          command.session().id(), command.step().wire(), e.getMessage());
      return e.asResult();
    }
  }
}
