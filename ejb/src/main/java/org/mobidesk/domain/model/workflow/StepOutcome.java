package org.mobidesk.domain.model.workflow;

/**
 * What became of an attempt at a step of a workflow.
 *
 * @param order of {@link StepExecution#order()}
 */
public record StepOutcome(String workflow, long order, int attempt, StepResult result) {}
