package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.domain.model.server.Placement;
import org.mobidesk.domain.model.session.SessionIds;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;

/** Begins workflows: stores them, then sets them going. */
@ApplicationScoped
public class WorkflowStarter {

  @Inject private WorkflowBeginnings beginnings;
  @Inject private WorkflowEngine engine;

  private final SecureRandom random = new SecureRandom();

  /** Creates a session for a user. */
  public Workflow create(String user, Placement.Place place, SessionSettings settings) {
    return start(
        () ->
            beginnings.create(
                SessionIds.next(user, random),
                UUID.randomUUID().toString(),
                user,
                place,
                settings,
                Instant.now()),
        user);
  }

  /** Begins a workflow on an existing session. */
  public Workflow begin(String session, WorkflowKind kind, String target) {
    return start(
        () -> beginnings.begin(session, UUID.randomUUID().toString(), kind, target, Instant.now()),
        session);
  }

  /** Begins to give a session other limits. */
  public Workflow limit(String session, UnaryOperator<SessionLimits> change) {
    return start(
        () -> beginnings.limit(session, UUID.randomUUID().toString(), change, Instant.now()),
        session);
  }

  /** Makes a session's disk larger. */
  public Workflow grow(String session, long bytes) {
    return start(
        () -> beginnings.grow(session, UUID.randomUUID().toString(), bytes, Instant.now()),
        session);
  }

  private Workflow start(
      java.util.function.Supplier<WorkflowBeginnings.Beginning> store, String what) {
    WorkflowBeginnings.Beginning beginning;
    try {
      beginning = store.get();
    } catch (RequestRefused e) {
      throw e;
    } catch (IllegalStateException e) {
      throw new RequestRefused(Reason.CONFLICT, "session-busy", e.getMessage());
    } catch (jakarta.transaction.TransactionalException
        | jakarta.persistence.PersistenceException e) {
      throw new RequestRefused(
          Reason.CONFLICT,
          "session-busy",
          "something else was begun with " + what + " at the same time; look, and try again");
    }
    engine.started(beginning.workflow(), beginning.session());
    return beginning.workflow();
  }
}
