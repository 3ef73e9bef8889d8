package org.mobidesk.viewer.connection;

import java.io.IOException;

/** The server answered, and said no. The message is for the user. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }

  /** What can be done about it. */
  public enum Reason {
    /** Another user name or password. */
    CREDENTIALS,
    /** The cookie is not valid any more: log in again. */
    COOKIE,
    /** Nothing now; it may work later. */
    UNAVAILABLE,
    /** The server does not do what was asked. */
    OTHER
  }
}
