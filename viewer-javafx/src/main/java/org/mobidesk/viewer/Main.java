package org.mobidesk.viewer;

import java.io.IOException;
import javafx.application.Platform;
import picocli.CommandLine;

/** Starts the viewer. */
public final class Main {
  /**
   * How often JavaFX looks whether a pulse was asked for, a second, while it was lately (250 ms):
   * at its own 60, a letter typed waits for 17 ms after a pause. A look without a pulse costs next
   * to nothing. How many frames are drawn is the session's to say, at most 60.
   */
  private static final String PULSES = "1000";

  private Main() {}

  public static void main(String[] args) {
    CommandLine command = new CommandLine(new ViewerOptions(Main::start));
    command.setExecutionExceptionHandler(
        (failure, line, _) -> {
          line.getErr().println("mobidesk-viewer: " + failure.getMessage());
          return line.getCommandSpec().exitCodeOnExecutionException();
        });
    int status = command.execute(args);
    if (status != 0) {
      System.exit(status);
    }
    // Else JavaFX goes on until the viewer is closed.
  }

  private static void start(ViewerOptions options) throws IOException {
    Viewer viewer = new Viewer(options);
    if (System.getProperty("javafx.animation.pulse") == null) {
      System.setProperty("javafx.animation.pulse", PULSES);
    }
    try {
      Platform.startup(viewer::open);
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          "there is no display to show windows on: set DISPLAY (%s)".formatted(e.getMessage()), e);
    }
  }
}
