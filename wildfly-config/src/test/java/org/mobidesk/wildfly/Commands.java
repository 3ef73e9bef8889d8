package org.mobidesk.wildfly;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The programs of this module, and those of WildFly. */
final class Commands {

  static final Path HERE = Path.of("").toAbsolutePath();
  static final Path WILDFLY = Path.of(System.getProperty("wildfly.home"));
  static final String JAVA_HOME = System.getProperty("java.home");

  private Commands() {}

  /** Runs to the end; fails with the output unless the exit status is 0. */
  static String run(Map<String, String> environment, Object... command)
      throws IOException, InterruptedException {
    Result result = tryRun(environment, command);
    assertEquals(0, result.status(), result::output);
    return result.output();
  }

  record Result(int status, String output) {}

  /** Runs to the end. */
  static Result tryRun(Map<String, String> environment, Object... command)
      throws IOException, InterruptedException {
    String[] words = new String[command.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = command[i].toString();
    }
    ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", JAVA_HOME);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
