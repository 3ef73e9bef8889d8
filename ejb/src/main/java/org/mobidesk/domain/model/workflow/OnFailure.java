package org.mobidesk.domain.model.workflow;

/** What a workflow does when a step fails or its server is not reachable. */
public enum OnFailure {
  /** Undoes what was done, in reverse. */
  COMPENSATE,
  /**
   * Does it again until it succeeds: there is no way back, or this is the way back. Waits for a
   * server that is down.
   */
  INSIST,
  /**
   * Does it again, and waits for a server that is down, as {@link #INSIST}; but a server that
   * refuses it for good is not the last one that has what it takes: then undoes what was done.
   */
  INSIST_OR_COMPENSATE,
  /**
   * Does it again until it succeeds or its time is over, then goes on: what it undoes has expired
   * by itself by then.
   */
  OUTWAIT,
  /** Goes on: what is left is tidied up when the server reports it. */
  GO_ON
}
