package org.mobidesk.cli;

/** What the command's exit status means; documented in its help. */
enum ExitCode {
  OK(0),
  /** The installation did not do it; the message says which step failed and why. */
  FAILED(1),
  USAGE(2),
  NOT_FOUND(3),
  /** Not logged in, or not allowed. */
  REFUSED(4),
  /** The proxy cannot be reached, or is not who it says it is. */
  UNREACHABLE(5);

  final int status;

  ExitCode(int status) {
    this.status = status;
  }
}
