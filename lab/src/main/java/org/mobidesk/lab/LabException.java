package org.mobidesk.lab;

/** Something that a person must know: what was tried, on what, and what to do. */
public class LabException extends RuntimeException {
  public LabException(String message) {
    super(message);
  }

  public LabException(String message, Throwable cause) {
    super(message + ": " + cause.getMessage(), cause);
  }
}
