package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The end of a log, for a message to a person. */
final class Logs {
  private static final int LINES = 15;

  private Logs() {}

  static String tail(Path log) {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES), lines.size()))
          + "\n(log: "
          + log
          + ")";
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }
}
