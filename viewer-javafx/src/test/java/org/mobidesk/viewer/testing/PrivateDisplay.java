package org.mobidesk.viewer.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** An Xvfb of the test's own, on a display number that it finds by itself. */
public final class PrivateDisplay implements AutoCloseable {
  private final Process server;
  private final String name;

  public PrivateDisplay(int width, int height) throws IOException {
    server =
        new ProcessBuilder(
                "Xvfb",
                "-displayfd",
                "1",
                "-screen",
                "0",
                width + "x" + height + "x24",
                "-nolisten",
                "tcp",
                "-noreset")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var number = new BufferedReader(new InputStreamReader(server.getInputStream())).readLine();
    if (number == null) {
      throw new IOException("Xvfb did not start");
    }
    name = ":" + number.strip();
  }

  /** For DISPLAY. */
  public String name() {
    return name;
  }

  @Override
  public void close() {
    Processes.end(server);
  }
}
