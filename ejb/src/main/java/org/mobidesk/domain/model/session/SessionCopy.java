package org.mobidesk.domain.model.session;

import java.time.Duration;
import java.time.Instant;

/**
 * What the storage tier has of a session: its image and, of the same instant, its disk.
 *
 * @param epoch of the session then
 * @param taken when that was
 * @param stopped how long the applications stood still for it
 */
public record SessionCopy(long epoch, Instant taken, Duration stopped) {}
