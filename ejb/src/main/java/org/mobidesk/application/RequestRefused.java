package org.mobidesk.application;

/**
 * A request that is not carried out, with the reason for its sender: a code for programs, what,
 * where and what to do for people.
 */
public final class RequestRefused extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** The class of the reason: an HTTP status at the interface. */
  public enum Reason {
    INVALID,
    UNAUTHENTICATED,
    FORBIDDEN,
    NOT_FOUND,
    CONFLICT,
    TOO_MANY,
    UNAVAILABLE,
    FAILED
  }

  private final Reason reason;
  private final String code;

  public RequestRefused(Reason reason, String code, String message) {
    super(message);
    this.reason = reason;
    this.code = code;
  }

  public Reason reason() {
    return reason;
  }

  public String code() {
    return code;
  }
}
