package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.mobidesk.application.port.AddressLeases;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/**
 * Transitions of workflows, each one database transaction with what it means for the session. What
 * is to be done next is sent by {@link WorkflowEngine} after the commit.
 */
@ApplicationScoped
public class WorkflowJournal {

  @Inject private SessionRepository sessions;
  @Inject private WorkflowRepository workflows;
  @Inject private AddressLeases addresses;

  /** A transition that was stored. */
  public record Advance(Workflow before, Workflow after, Session session) {

    /** The step that has to be sent now; empty when nothing changed or nothing is left. */
    public Optional<StepExecution> toSend() {
      return after
          .current()
          .filter(
              now ->
                  before
                      .current()
                      .filter(b -> b.order() == now.order() && b.attempt() == now.attempt())
                      .isEmpty());
    }

    public boolean ended() {
      return before.state() == WorkflowState.RUNNING && after.state() != WorkflowState.RUNNING;
    }
  }

  /** Stores a new workflow and its first step; the session becomes its. */
  @Transactional(Transactional.TxType.REQUIRED)
  public Session begin(Session session, Workflow workflow) {
    Session begun = session.begin(workflow.id(), workflow.kind());
    sessions.save(begun);
    workflows.add(workflow);
    return begun;
  }

  /** Applies a transition; the advance is empty when there is no such workflow. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Optional<Advance> apply(String id, UnaryOperator<Workflow> transition) {
    Workflow before = workflows.find(id).orElse(null);
    if (before == null) {
      return Optional.empty();
    }
    Session session = sessions.find(before.session()).orElseThrow();
    Workflow after = transition.apply(before);
    if (after.equals(before)) {
      return Optional.of(new Advance(before, after, session));
    }
    workflows.save(after);
    if (after.kind() == WorkflowKind.COPY && after.state() == WorkflowState.DONE) {
      workflows.forgetCopiesBefore(after);
    }
    Session changed = consequences(before, after, session);
    if (!changed.equals(session)) {
      sessions.save(changed);
    }
    return Optional.of(new Advance(before, after, changed));
  }

  private Session consequences(Workflow before, Workflow after, Session session) {
    Session changed = session;
    if (newlyDone(before, after, StepName.COMMIT)) {
      requireAt(session, after.from());
      changed = changed.committedTo(after.to());
    }
    if (newlyDone(before, after, StepName.RESUME)) {
      changed = changed.running();
    }
    if (newlyDone(before, after, StepName.RETURN)) {
      requireAt(session, after.to());
      changed = changed.committedTo(after.to().movedTo(after.source()));
    }
    if (newlyDone(before, after, StepName.STORE)) {
      changed = changed.copied(after.stored());
    }
    if (after.state() != WorkflowState.RUNNING) {
      changed = changed.settled(after);
      if (changed.state() == SessionState.ENDED) {
        addresses.release(changed.id(), Instant.now());
      }
    }
    return changed;
  }

  /** The database's side of the compare-and-set. */
  private static void requireAt(Session session, SessionLocation expected) {
    if (!session.location().equals(expected)) {
      throw new IllegalStateException(
          "session "
              + session.id()
              + " is at "
              + session.location().asText()
              + " and not, as its workflow began, at "
              + expected.asText());
    }
  }

  private static boolean newlyDone(Workflow before, Workflow after, StepName name) {
    return after.isDone(name) && !before.isDone(name);
  }
}
