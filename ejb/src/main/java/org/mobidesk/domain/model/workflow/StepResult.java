package org.mobidesk.domain.model.workflow;

import java.util.Map;

/** What became of one attempt at a step. */
public sealed interface StepResult {

  /**
   * It is done.
   *
   * @param figures what it measured, by name; the unit is in the name
   */
  record Succeeded(Map<String, Long> figures) implements StepResult {
    public Succeeded {
      figures = Map.copyOf(figures);
    }
  }

  /** It is not. */
  record Failed(FailureCode code, String message) implements StepResult {}

  /** Done, with nothing to tell. */
  static StepResult done() {
    return new Succeeded(Map.of());
  }
}
