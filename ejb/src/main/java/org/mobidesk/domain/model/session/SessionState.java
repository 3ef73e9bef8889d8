package org.mobidesk.domain.model.session;

/** Where a session is in its life, as users and administrators see it. */
public enum SessionState {
  /** Its desktop is being started. */
  STARTING(true),
  RUNNING(true),
  /** It is between two servers, or being checkpointed or restored. */
  MOVING(true),
  /** A checkpoint on the storage tier; nothing runs. */
  SUSPENDED(true),
  /** Logged out, or ended by itself; there is nothing left of it. */
  ENDED(false),
  /** Its server reports it no longer, or it could not be brought back; an administrator decides. */
  LOST(false);

  private final boolean alive;

  SessionState(boolean alive) {
    this.alive = alive;
  }

  /** Whether its user comes back to this session at the next login. */
  public boolean alive() {
    return alive;
  }
}
