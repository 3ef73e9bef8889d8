package org.mobidesk.lab.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabRun;

/**
 * An X display for the viewer.
 *
 * @param display value of DISPLAY
 * @param virtual whether nobody can see it
 */
record Screen(String display, boolean virtual) {
  private static final Duration START = Duration.ofSeconds(20);

  /** Larger than the desktop, so that the viewer's window with its frame fits. */
  private static final String SIZE = "1400x900x24";

  /** The person's display if there is one, else a virtual one, which ends with the run. */
  static Screen open(LabRun run) {
    String own = System.getenv("DISPLAY");
    return own != null && !own.isEmpty() ? new Screen(own, false) : virtual(run);
  }

  /** Xvfb chooses a number that is free, and says it when it is ready. */
  private static Screen virtual(LabRun run) {
    Path number = run.directory().resolve("xvfb.display");
    Path log = run.logs().resolve("xvfb.log");
    List<String> words =
        List.of(
            "setsid",
            "sh",
            "-c",
            "exec Xvfb -displayfd 3 -screen 0 " + SIZE + " -nolisten tcp 3>\"$1\"",
            "xvfb",
            number.toString());
    try {
      Files.deleteIfExists(number);
      Process p = LabHost.builder(run, log, words).start();
      String display =
          Waiting.value(
              "Xvfb to start (log: " + log + ")",
              START,
              () -> {
                if (!p.isAlive()) {
                  throw new LabException("Xvfb did not start: see " + log);
                }
                return firstLine(number);
              });
      return new Screen(":" + display, true);
    } catch (IOException e) {
      throw new LabException("cannot start Xvfb", e);
    }
  }

  private static Optional<String> firstLine(Path file) {
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      return text.endsWith("\n") ? Optional.of(text.strip()) : Optional.empty();
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }
}
