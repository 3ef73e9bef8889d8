package org.mobidesk.protocol;

import java.io.IOException;

/**
 * The peer broke the display protocol. The only answer is to close the connection: nothing that
 * follows can be trusted. The message says what was wrong, in which message, and where.
 */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  public ProtocolException(String message) {
    super(message);
  }

  public ProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
