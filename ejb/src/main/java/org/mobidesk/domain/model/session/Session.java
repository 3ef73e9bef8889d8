package org.mobidesk.domain.model.session;

import java.time.Instant;
import java.util.Optional;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/**
 * A desktop of a user.
 *
 * @param id {@code [a-z0-9-]{1,40}}
 * @param template exact template image, for life
 * @param address IPv4 address, for life
 * @param location server and epoch of the last commit
 * @param settings as it was created with, or changed since
 * @param workflows how many workflows it has had: numbers the next one
 * @param activeWorkflow the one that is changing it now, or null; there is at most one
 * @param lastFailure in words, or null
 * @param limits what it may use
 * @param wantedLimits what the workflow that is changing its limits gives it, or null
 * @param copy what was last stored of it, or null
 */
public record Session(
    String id,
    String user,
    String template,
    String address,
    SessionState state,
    SessionLocation location,
    Instant created,
    SessionSettings settings,
    int workflows,
    String activeWorkflow,
    String lastFailure,
    SessionLimits limits,
    SessionLimits wantedLimits,
    SessionCopy copy) {

  /** A session that its first workflow will create. */
  public static Session planned(
      String id,
      String user,
      String template,
      String address,
      String server,
      SessionSettings settings,
      Instant now) {
    return new Session(
        id,
        user,
        template,
        address,
        SessionState.STARTING,
        new SessionLocation(server, 1),
        now,
        settings,
        0,
        null,
        null,
        SessionLimits.DEFAULTS,
        null,
        null);
  }

  /** The workflow that is changing this session now. */
  public Optional<String> busyWith() {
    return Optional.ofNullable(activeWorkflow);
  }

  /**
   * Hands the session to a workflow.
   *
   * @throws IllegalStateException when another workflow has it, or its state does not allow this
   *     kind; the message is for people
   */
  public Session begin(String workflow, WorkflowKind kind) {
    if (activeWorkflow != null) {
      throw new IllegalStateException(
          "session "
              + id
              + " is busy with workflow "
              + activeWorkflow
              + "; wait until it has ended");
    }
    if (!kind.startsFrom(state)) {
      throw new IllegalStateException(
          "session " + id + " is " + word(state) + ": " + word(kind) + " is not possible");
    }
    SessionState during =
        switch (kind) {
          case CREATE -> SessionState.STARTING;
          case LIMIT, COPY -> state;
          case MIGRATE, GROW, CHECKPOINT, HIBERNATE, RESTORE, RECOVER, DESTROY ->
              SessionState.MOVING;
        };
    return new Session(
        id,
        user,
        template,
        address,
        during,
        location,
        created,
        settings,
        workflows + 1,
        workflow,
        lastFailure,
        limits,
        wantedLimits,
        copy);
  }

  /** Says what a workflow that is about to begin will give it. */
  public Session wanting(SessionLimits wanted) {
    return with(state, location, activeWorkflow, lastFailure, limits, wanted);
  }

  /** What a host is to be told: while they change, the new ones. */
  public SessionLimits effectiveLimits() {
    return wantedLimits == null ? limits : wantedLimits;
  }

  /** Its disk is to have another size. */
  public Session withDisk(long bytes) {
    return with(settings.withDisk(bytes));
  }

  /** What becomes of its viewer when another one comes; null: as the installation says. */
  public Session withSecondLogin(SecondLogin policy) {
    return with(settings.withSecondLogin(policy));
  }

  private Session with(SessionSettings changed) {
    return new Session(
        id,
        user,
        template,
        address,
        state,
        location,
        created,
        changed,
        workflows,
        activeWorkflow,
        lastFailure,
        limits,
        wantedLimits,
        copy);
  }

  /** The commit: from now on the server of {@code next} owns the session. */
  public Session committedTo(SessionLocation next) {
    return with(state, next, activeWorkflow, lastFailure);
  }

  /** What was stored of it, if anything. */
  public Optional<SessionCopy> lastCopy() {
    return Optional.ofNullable(copy);
  }

  /** The storage tier has this of it now. */
  public Session copied(SessionCopy newest) {
    return new Session(
        id,
        user,
        template,
        address,
        state,
        location,
        created,
        settings,
        workflows,
        activeWorkflow,
        lastFailure,
        limits,
        wantedLimits,
        newest);
  }

  /** Its processes run; the workflow may still have something to tidy up. */
  public Session running() {
    return with(SessionState.RUNNING, location, activeWorkflow, lastFailure);
  }

  /** Takes the session back from a workflow that has ended. */
  public Session settled(Workflow workflow) {
    boolean done = workflow.state() == WorkflowState.DONE;
    String failure = workflow.failure().map(f -> f.inWords(workflow.kind())).orElse(null);
    return with(
        workflow.sessionStateAtEnd(),
        location,
        null,
        done ? null : failure,
        done ? effectiveLimits() : limits,
        null);
  }

  /** It ended by itself, or nothing is left of it. */
  public Session ended(String reason) {
    return with(SessionState.ENDED, location, null, reason);
  }

  /** Its server should have it and has not. */
  public Session lost(String reason) {
    return with(SessionState.LOST, location, null, reason);
  }

  private Session with(
      SessionState newState, SessionLocation newLocation, String workflow, String failure) {
    return with(newState, newLocation, workflow, failure, limits, wantedLimits);
  }

  private Session with(
      SessionState newState,
      SessionLocation newLocation,
      String workflow,
      String failure,
      SessionLimits newLimits,
      SessionLimits wanted) {
    return new Session(
        id,
        user,
        template,
        address,
        newState,
        newLocation,
        created,
        settings,
        workflows,
        workflow,
        failure,
        newLimits,
        wanted,
        copy);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(java.util.Locale.ROOT);
  }
}
