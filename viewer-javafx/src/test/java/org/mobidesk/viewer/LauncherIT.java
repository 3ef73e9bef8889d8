package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the packaged viewer's Java is started. */
class LauncherIT {
  private static final Path VIEWER = Path.of("target", "viewer").toAbsolutePath();
  private static final Path LAUNCHER = VIEWER.resolve("mobidesk-viewer");

  @TempDir Path directory;

  @Test
  void theBuildsCacheIsUsed() throws Exception {
    assertTrue(Files.exists(VIEWER.resolve("viewer.aot")), "the build has made none, and said why");
    assertIsHelp(run(LAUNCHER, "-XX:AOTMode=on")); // which fails where it cannot be
  }

  @Test
  void aCacheThatIsSpoiltIsNotMissed() throws Exception {
    Path launcher = Files.copy(LAUNCHER, directory.resolve("mobidesk-viewer"));
    Files.createSymbolicLink(directory.resolve("lib"), VIEWER.resolve("lib"));
    Path cache = directory.resolve("viewer.aot");
    Files.writeString(cache, "");
    assertIsHelp(run(launcher, ""));
    Files.writeString(cache, "no cache\n".repeat(10_000));
    assertIsHelp(run(launcher, ""));
    Files.delete(cache);
    assertIsHelp(run(launcher, ""));
  }

  /** All that it says when it is asked for help; its status is 0. */
  private String run(Path launcher, String javaOption) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString(), "--help");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("MOBIDESK_VIEWER_JAVA_OPTIONS", javaOption);
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static void assertIsHelp(String output) {
    assertTrue(output.startsWith("Usage: mobidesk-viewer"), output);
  }
}
