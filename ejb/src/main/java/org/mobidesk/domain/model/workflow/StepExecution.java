package org.mobidesk.domain.model.workflow;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * An entry of the journal: a step that was begun.
 *
 * @param order grows over all steps of all workflows of a session: servers refuse what is older
 *     than what they have begun
 * @param server null at the proxy
 * @param undo whether it undoes another step
 * @param attempt from 1; grows each time it is sent again
 * @param refusals how often it failed in a way that does not pass by itself
 * @param sent when it was last sent, or last failed
 * @param code of the last failure, or null
 */
public record StepExecution(
    long order,
    StepName name,
    String server,
    boolean undo,
    StepState state,
    int attempt,
    int refusals,
    Instant started,
    Instant sent,
    Instant ended,
    Map<String, Long> result,
    FailureCode code,
    String message) {

  public StepExecution {
    result = Map.copyOf(result);
  }

  static StepExecution begun(long order, StepName name, String server, boolean undo, Instant now) {
    return new StepExecution(
        order, name, server, undo, StepState.SENT, 1, 0, now, now, null, Map.of(), null, null);
  }

  StepExecution done(Map<String, Long> figures, Instant now) {
    return new StepExecution(
        order,
        name,
        server,
        undo,
        StepState.DONE,
        attempt,
        refusals,
        started,
        sent,
        now,
        figures,
        code,
        message);
  }

  StepExecution failed(StepResult.Failed failure, Instant now) {
    return new StepExecution(
        order,
        name,
        server,
        undo,
        StepState.FAILED,
        attempt,
        refusals,
        started,
        sent,
        now,
        result,
        failure.code(),
        failure.message());
  }

  /** It failed, and will be sent again. */
  StepExecution refused(StepResult.Failed failure, Instant now) {
    int counted = failure.code().passing() ? refusals : refusals + 1;
    return new StepExecution(
        order,
        name,
        server,
        undo,
        StepState.SENT,
        attempt,
        counted,
        started,
        now,
        null,
        result,
        failure.code(),
        failure.message());
  }

  StepExecution sentAgain(Instant now) {
    return new StepExecution(
        order,
        name,
        server,
        undo,
        StepState.SENT,
        attempt + 1,
        refusals,
        started,
        now,
        null,
        result,
        code,
        message);
  }

  /** From its beginning to its end, or until now. */
  public Duration duration(Instant now) {
    return Duration.between(started, ended == null ? now : ended);
  }
}
