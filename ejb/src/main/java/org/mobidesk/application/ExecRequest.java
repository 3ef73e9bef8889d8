package org.mobidesk.application;

import java.util.List;

/**
 * A command to run inside a session.
 *
 * @param stdin what it reads; empty when nothing
 */
public record ExecRequest(String session, List<String> argv, boolean root, byte[] stdin) {

  /** The most that is taken of each standard stream, in bytes. */
  public static final int MAX_STREAM_BYTES = 1 << 20;

  /** How long a command may run, in seconds. */
  public static final int MAX_SECONDS = 60;

  public ExecRequest {
    argv = List.copyOf(argv);
  }
}
