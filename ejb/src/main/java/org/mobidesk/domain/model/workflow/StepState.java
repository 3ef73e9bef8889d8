package org.mobidesk.domain.model.workflow;

/** Where one step is. */
public enum StepState {
  /** Journaled, and on its way or being done. */
  SENT,
  DONE,
  FAILED
}
