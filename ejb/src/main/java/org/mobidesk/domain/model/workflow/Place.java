package org.mobidesk.domain.model.workflow;

/** Where a step is done. */
public enum Place {
  /** The server that has the session when the workflow begins. */
  SOURCE,
  /** The server that is to have it. */
  TARGET,
  /** The proxy that drives the workflow. */
  PROXY
}
