package org.mobidesk.domain.model.workflow;

import java.util.EnumSet;
import java.util.Set;
import org.mobidesk.domain.model.session.SessionState;

/** What a workflow does to a session; the steps are in {@link StepTable}. */
public enum WorkflowKind {
  CREATE(EnumSet.of(SessionState.STARTING), SessionState.RUNNING, SessionState.ENDED),
  /** Moves a running session to another server. */
  MIGRATE(EnumSet.of(SessionState.RUNNING), SessionState.RUNNING, SessionState.RUNNING),
  /** Makes the disk of a running session larger. */
  GROW(EnumSet.of(SessionState.RUNNING), SessionState.RUNNING, SessionState.RUNNING),
  /** Sends a session to the storage tier: nothing of it runs or is in memory. */
  HIBERNATE(EnumSet.of(SessionState.RUNNING), SessionState.SUSPENDED, SessionState.RUNNING),
  /** Suspends a session: its checkpoint on the storage tier, nothing running. */
  CHECKPOINT(EnumSet.of(SessionState.RUNNING), SessionState.SUSPENDED, SessionState.RUNNING),
  /** Brings a suspended session back. */
  RESTORE(EnumSet.of(SessionState.SUSPENDED), SessionState.RUNNING, SessionState.SUSPENDED),
  /** Stores a copy of a session that runs on, to go back to when its server is lost. */
  COPY(EnumSet.of(SessionState.RUNNING), SessionState.RUNNING, SessionState.RUNNING),
  /**
   * Lets a session whose server is down, or has lost it, go on from what was last stored of it.
   * Once it was taken from there, a failure leaves what is stored, and nothing that runs.
   */
  RECOVER(
      EnumSet.of(SessionState.RUNNING, SessionState.LOST),
      SessionState.RUNNING,
      SessionState.RUNNING),
  /** Changes what a running session may use. */
  LIMIT(EnumSet.of(SessionState.RUNNING), SessionState.RUNNING, SessionState.RUNNING),
  /** Ends a session and removes all of it. */
  DESTROY(
      EnumSet.complementOf(EnumSet.of(SessionState.ENDED)), SessionState.ENDED, SessionState.LOST);

  private final Set<SessionState> from;
  private final SessionState whenDone;
  private final SessionState whenCompensated;

  WorkflowKind(Set<SessionState> from, SessionState whenDone, SessionState whenCompensated) {
    this.from = from;
    this.whenDone = whenDone;
    this.whenCompensated = whenCompensated;
  }

  /** Whether a session in this state can be given to such a workflow. */
  public boolean startsFrom(SessionState state) {
    return from.contains(state);
  }

  /** The session's state after success. */
  public SessionState whenDone() {
    return whenDone;
  }

  /** The session's state after a failure whose compensation is complete. */
  public SessionState whenCompensated() {
    return whenCompensated;
  }
}
