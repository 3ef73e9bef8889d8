package org.mobidesk.infrastructure.jca;

import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.HostException;
import org.mobidesk.domain.model.workflow.FailureCode;

/** Failures of the host daemon in the terms of steps. */
final class HostFailures {

  private HostFailures() {}

  static StepFailed failed(HostException e) {
    return new StepFailed(FailureCode.valueOf(e.code().name()), e.getMessage(), e);
  }
}
