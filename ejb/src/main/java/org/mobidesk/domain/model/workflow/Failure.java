package org.mobidesk.domain.model.workflow;

import java.util.Locale;

/**
 * Why a workflow failed.
 *
 * @param server where, or null at the proxy
 */
public record Failure(StepName step, String server, FailureCode code, String message) {

  /** For people. */
  public String inWords(WorkflowKind kind) {
    String where = server == null ? "the proxy" : server;
    return kind.name().toLowerCase(Locale.ROOT)
        + " failed in step "
        + step.wire()
        + " at "
        + where
        + ": "
        + message;
  }
}
