package org.mobidesk.domain.model.workflow;

/** Where a workflow is. */
public enum WorkflowState {
  RUNNING,
  DONE,
  /** It did not do what was asked; {@link Workflow#failure()} says why. */
  FAILED
}
