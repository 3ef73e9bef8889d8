package org.mobidesk.domain.model.workflow;

import java.util.Locale;

/** Why a step failed: the host daemon's codes, and the control plane's own. */
public enum FailureCode {
  INVALID(false),
  NOT_FOUND(false),
  CONFLICT(false),
  DENIED(false),
  NO_SPACE(false),
  BUSY(true),
  STALE_EPOCH(false),
  UNSUPPORTED(false),
  NOT_CHECKPOINTABLE(false),
  TIMEOUT(true),
  /** The host daemon is not there. */
  DISCONNECTED(true),
  CORRUPT(false),
  INTERNAL(false),
  /** The server reports no longer. */
  SERVER_DOWN(true),
  /** No answer in the step's time. */
  OVERDUE(true),
  /** Another server could not be reached from this one. */
  UNREACHABLE(true);

  private final boolean passing;

  FailureCode(boolean passing) {
    this.passing = passing;
  }

  /** Whether trying again may well help without anybody doing something. */
  public boolean passing() {
    return passing;
  }

  /** The form in JSON. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The inverse of {@link #wire()}.
   *
   * @throws IllegalArgumentException when there is no such code
   */
  public static FailureCode of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
