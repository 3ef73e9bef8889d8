package org.mobidesk.lab.process;

import java.util.List;

/**
 * A program did not do what it was asked; the message has its words, its status and the end of what
 * it said.
 */
public final class CommandFailed extends RuntimeException {
  private static final int LINES = 12;

  CommandFailed(List<String> words, Command.Result result) {
    super(
        "`"
            + String.join(" ", words)
            + "` "
            + (result.exit() < 0 ? "failed" : "ended with status " + result.exit())
            + ": "
            + lastLines(result.err().isBlank() ? result.out() : result.err()));
  }

  private static String lastLines(String text) {
    List<String> lines = text.strip().lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
  }
}
