package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;
import org.mobidesk.application.WorkflowJournal.Advance;
import org.mobidesk.application.port.CommandSender;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.server.Placement;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.StepOutcome;
import org.mobidesk.domain.model.workflow.StepResult;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/**
 * Drives workflows: journals a transition, then sends the next step to its server or does it here.
 *
 * <p>The thread that brings an answer does all that can be done at the proxy before it returns, so
 * that inside of a freeze no step waits for a timer or another thread. A workflow is driven by one
 * thread at a time; between proxies the database's version check decides.
 */
@ApplicationScoped
public class WorkflowEngine {

  private static final Logger LOG = Logger.getLogger(WorkflowEngine.class);

  /** How often a transition is tried when others change the same rows. */
  private static final int MOST_RACES = 5;

  @Inject private WorkflowJournal journal;
  @Inject private WorkflowRepository workflows;
  @Inject private ProxySteps proxySteps;
  @Inject private CommandSender commands;
  @Inject private ServerDirectory servers;
  @Inject private SessionChanges changes;
  @Inject private WorkflowWaits waits;
  @Inject private CookieTable cookies;
  @Inject private LocationTable locations;

  private final ConcurrentMap<String, ReentrantLock> locks = new ConcurrentHashMap<>();
  private final Set<String> active = ConcurrentHashMap.newKeySet();

  /** Sends the first step of a workflow that has been journaled. */
  public void started(Workflow workflow, Session session) {
    active.add(workflow.id());
    changes.publish(session);
    locked(
        workflow.id(),
        () -> dispatch(Optional.of(new Advance(workflow, workflow, session)), workflow.current()));
  }

  /** Takes an answer. */
  public void on(StepOutcome outcome) {
    drive(outcome.workflow(), w -> w.on(outcome, Instant.now()));
  }

  /** Sees to all workflows that have not ended: called by a timer. */
  public void onTime() {
    for (String id : active) {
      try {
        drive(id, w -> w.onTime(s -> servers.heardWithin(s, w.patience()), Instant.now()));
      } catch (RuntimeException e) {
        LOG.errorf(e, "driving workflow %s; it is tried again", id);
      }
    }
  }

  /** Takes up what the database says is running: after a restart, or from a proxy that died. */
  public void takeUpRunning() {
    active.addAll(workflows.running());
  }

  public int activeCount() {
    return active.size();
  }

  private void drive(String id, UnaryOperator<Workflow> transition) {
    locked(
        id,
        () -> {
          Optional<Advance> advance = apply(id, transition);
          announce(id, advance);
          dispatch(advance, advance.flatMap(Advance::toSend));
        });
  }

  private void dispatch(Optional<Advance> from, Optional<StepExecution> firstStep) {
    Optional<Advance> advance = from;
    Optional<StepExecution> step = firstStep;
    while (step.isPresent()) {
      Workflow workflow = advance.orElseThrow().after();
      Session session = advance.get().session();
      StepExecution current = step.get();
      StepResult result = perform(workflow, current, session);
      if (result == null) {
        return;
      }
      StepOutcome outcome =
          new StepOutcome(workflow.id(), current.order(), current.attempt(), result);
      advance = apply(workflow.id(), w -> w.on(outcome, Instant.now()));
      announce(workflow.id(), advance);
      step = advance.flatMap(Advance::toSend);
    }
  }

  /** Another proxy, or a report of a server, may have changed the same rows: then once more. */
  private Optional<Advance> apply(String id, UnaryOperator<Workflow> transition) {
    for (int attempt = 1; ; attempt++) {
      try {
        return journal.apply(id, transition);
      } catch (RuntimeException e) {
        if (attempt == MOST_RACES) {
          throw e;
        }
        LOG.debugf(e, "storing a transition of workflow %s, attempt %d", id, attempt);
      }
    }
  }

  /** Does or sends a step; null when its answer comes later. */
  private StepResult perform(Workflow workflow, StepExecution step, Session session) {
    try {
      if (step.server() == null) {
        return new StepResult.Succeeded(proxySteps.perform(workflow, step, session));
      }
      if (servers.find(workflow.target()).isEmpty()) {
        LOG.infof(
            "workflow %s, step %s waits: server %s has not reported to this proxy yet",
            workflow.id(), step.name().wire(), workflow.target());
        return null;
      }
      commands.send(command(workflow, step, session));
    } catch (StepFailed e) {
      LOG.warnf(
          "workflow %s, step %s, attempt %d: %s",
          workflow.id(), step.name().wire(), step.attempt(), e.getMessage());
      return step.server() == null ? e.asResult() : null;
    }
    return null;
  }

  private StepCommand command(Workflow workflow, StepExecution step, Session session) {
    return new StepCommand(
        workflow.id(),
        step.order(),
        step.attempt(),
        step.name(),
        step.server(),
        StepCommand.SessionFacts.of(session),
        epoch(workflow, step, session),
        workflow.to().epoch(),
        peerAddress(workflow),
        otherStorage(workflow),
        step.name() == StepName.RESERVE ? needs(workflow) : null);
  }

  /** A session that is recovered is, until it runs again, the one that was stored. */
  private static long epoch(Workflow workflow, StepExecution step, Session session) {
    return workflow.kind() == WorkflowKind.RECOVER && step.name() != StepName.EVICT
        ? session.lastCopy().orElseThrow().epoch()
        : workflow.epoch();
  }

  /** A suspended session's server may be gone: then its image says what it needs. */
  private String needs(Workflow workflow) {
    return servers.find(workflow.source()).map(s -> s.report().needs()).orElse(null);
  }

  private String peerAddress(Workflow workflow) {
    return workflow.source().equals(workflow.target())
        ? null
        : servers.find(workflow.target()).map(s -> s.address()).orElse(null);
  }

  private boolean otherStorage(Workflow workflow) {
    return servers
        .find(workflow.source())
        .flatMap(
            source ->
                servers
                    .find(workflow.target())
                    .map(target -> !Placement.mayShareStorage(source, target)))
        .orElse(false);
  }

  private void announce(String id, Optional<Advance> advance) {
    advance.ifPresent(
        a -> {
          if (!a.after().equals(a.before())) {
            changes.publish(a.session());
          }
          if (a.ended()) {
            ended(a);
          }
        });
    if (advance.isEmpty() || advance.get().after().current().isEmpty()) {
      active.remove(id);
      locks.remove(id);
    }
  }

  private void ended(Advance advance) {
    Workflow workflow = advance.after();
    workflow
        .failure()
        .ifPresentOrElse(
            f -> LOG.warnf("workflow %s: %s", workflow.id(), f.inWords(workflow.kind())),
            () -> LOG.infof("workflow %s: %s done", workflow.id(), workflow.kind()));
    Session session = advance.session();
    if (session.state() == SessionState.ENDED) {
      cookies.removeAllOf(session.id());
      locations.remove(session.id());
    } else if (workflow.state() == WorkflowState.FAILED) {
      locations.reset(session.id(), session.location());
    }
    waits.ended(workflow);
  }

  private void locked(String id, Runnable work) {
    ReentrantLock lock = locks.computeIfAbsent(id, i -> new ReentrantLock());
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }
}
