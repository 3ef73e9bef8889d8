package org.mobidesk.viewer;

import java.io.IOException;
import javafx.application.Platform;
import picocli.CommandLine;

/** Starts the viewer. */
public final class Main {
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
    try {
      Platform.startup(viewer::open);
    } catch (UnsupportedOperationException e) {
      throw new IOException(
          "there is no display to show windows on: set DISPLAY (%s)".formatted(e.getMessage()), e);
    }
  }
}
