package org.mobidesk.cli;

/** A failure that the administrator is told in words; its exit code says of which kind it is. */
final class CommandException extends RuntimeException {
  final ExitCode exitCode;

  CommandException(ExitCode exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }
}
