package org.mobidesk.viewer;

import java.io.IOException;
import javafx.application.Platform;
import picocli.CommandLine;

/** Starts the viewer. */
public final class Main {
  /**
   * How often JavaFX looks for something to show while there is something, a second. It waits for
   * the next look with whatever comes, so at its own 60 a letter typed waits for 17 ms after a
   * pause. Looks without news cost little, and none are made when nothing has come for a while; how
   * many frames are drawn is the session's to say, at most 60.
   */
  private static final String PULSES = "500";

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
