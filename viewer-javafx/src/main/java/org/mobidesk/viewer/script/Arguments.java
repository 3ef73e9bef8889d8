package org.mobidesk.viewer.script;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The words of a command, taken one after the other. */
final class Arguments {
  private final String command;
  private final String text;
  private final Deque<String> words;

  Arguments(String line) {
    String[] parts = line.strip().split("\\s+", 2);
    command = parts[0];
    text = parts.length == 2 ? parts[1] : "";
    words = new ArrayDeque<>(text.isBlank() ? List.of() : List.of(text.split("\\s+")));
  }

  String command() {
    return command;
  }

  /** All that follows the command, with \n, \t and \\ replaced by what they stand for. */
  String text() throws ScriptException {
    words.clear();
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        plain.append(c);
      } else {
        i++;
        plain.append(
            switch (i < text.length() ? text.charAt(i) : 0) {
              case 'n' -> '\n';
              case 't' -> '\t';
              case '\\' -> '\\';
              default -> throw new ScriptException("after a \\ comes n, t or another \\");
            });
      }
    }
    return plain.toString();
  }

  boolean hasMore() {
    return !words.isEmpty();
  }

  String word(String what) throws ScriptException {
    if (words.isEmpty()) {
      throw new ScriptException("'%s' lacks its %s".formatted(command, what));
    }
    return words.removeFirst();
  }

  int number(String what) throws ScriptException {
    String word = word(what);
    try {
      return Integer.parseInt(word);
    } catch (NumberFormatException e) {
      throw new ScriptException("the %s '%s' is no number".formatted(what, word));
    }
  }

  /** A time in milliseconds. */
  Duration millis(String what) throws ScriptException {
    return Duration.ofMillis(number(what));
  }

  /** A time in milliseconds that may be left out. */
  Duration millisOr(Duration otherwise) throws ScriptException {
    return hasMore() ? millis("timeout") : otherwise;
  }

  /** Refuses what was not asked for: a typing error must not pass silently. */
  void end() throws ScriptException {
    if (hasMore()) {
      throw new ScriptException("'%s' is too much for '%s'".formatted(words.getFirst(), command));
    }
  }
}
