package org.mobidesk.application;

import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepResult;

/** A step could not be done: why, for programs and for people. */
public final class StepFailed extends Exception {

  private static final long serialVersionUID = 1L;

  private final FailureCode code;

  public StepFailed(FailureCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public FailureCode code() {
    return code;
  }

  public StepResult.Failed asResult() {
    return new StepResult.Failed(code, getMessage());
  }
}
