package org.mobidesk.domain.model.workflow;

import java.time.Duration;

/**
 * A step as a workflow plans it.
 *
 * @param timeout after which it counts as failed; not used where failures are insisted against
 */
public record PlannedStep(StepName name, Place place, OnFailure onFailure, Duration timeout) {}
