package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.AddressLeases;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.server.Placement;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;

/** Stores the beginning of a workflow with its session, in one transaction. */
@ApplicationScoped
public class WorkflowBeginnings {

  @Inject private SessionRepository sessions;
  @Inject private WorkflowJournal journal;
  @Inject private AddressLeases addresses;

  /** What was stored. */
  public record Beginning(Workflow workflow, Session session) {}

  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Beginning create(
      String id,
      String workflowId,
      String user,
      Placement.Place place,
      SessionSettings settings,
      Instant now) {
    sessions
        .findAliveOf(user)
        .ifPresent(
            s -> {
              throw new RequestRefused(
                  Reason.CONFLICT,
                  "session-exists",
                  "user " + user + " has session " + s.id() + " already");
            });
    String address = addresses.lease(id, now);
    Session session =
        Session.planned(
            id, user, place.template().id(), address, place.server().name(), settings, now);
    sessions.add(session);
    return store(session, workflowId, WorkflowKind.CREATE, place.server().name(), now);
  }

  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Beginning begin(
      String id, String workflowId, WorkflowKind kind, String target, Instant now) {
    return store(known(id), workflowId, kind, target, now);
  }

  /** As {@link #begin}, of the workflow that gives a session other limits. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Beginning limit(
      String id, String workflowId, UnaryOperator<SessionLimits> change, Instant now) {
    Session session = known(id);
    return store(
        session.wanting(change.apply(session.limits())),
        workflowId,
        WorkflowKind.LIMIT,
        session.location().server(),
        now);
  }

  /** As {@link #begin}, of the workflow that makes a session's disk larger. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Beginning grow(String id, String workflowId, long bytes, Instant now) {
    Session session = known(id).withDisk(bytes);
    return store(session, workflowId, WorkflowKind.GROW, session.location().server(), now);
  }

  private Session known(String id) {
    return sessions
        .find(id)
        .orElseThrow(
            () ->
                new RequestRefused(
                    Reason.NOT_FOUND, "session-unknown", "there is no session " + id));
  }

  private Beginning store(
      Session session, String workflowId, WorkflowKind kind, String target, Instant now) {
    Workflow workflow =
        Workflow.start(
            workflowId,
            session.workflows() + 1,
            kind,
            session.id(),
            session.location().epoch(),
            session.location().server(),
            target,
            now);
    return new Beginning(workflow, journal.begin(session, workflow));
  }
}
