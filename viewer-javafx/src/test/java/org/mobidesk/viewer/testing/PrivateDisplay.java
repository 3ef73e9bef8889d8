package org.mobidesk.viewer.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/**
 * An Xvfb of the test's own, on a display number that it finds by itself, with a window manager.
 */
public final class PrivateDisplay implements AutoCloseable {
  private final Process server;
  private final Process windowManager;
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
    windowManager = startAndAwait("openbox", "--startup", "echo ready");
  }

  /** Starts a client that prints a line when it is ready. */
  private Process startAndAwait(String... command) throws IOException {
    Process client = start(command);
    if (new BufferedReader(new InputStreamReader(client.getInputStream())).readLine() == null) {
      throw new IOException(command[0] + " did not start");
    }
    return client;
  }

  /** For DISPLAY. */
  public String name() {
    return name;
  }

  /** Runs an X client and returns what it printed. */
  public String run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("DISPLAY", name);
    Process client = builder.start();
    String output = new String(client.getInputStream().readAllBytes());
    if (client.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + output);
    }
    return output.strip();
  }

  /** Gives the keyboard to the window whose title has these words. */
  public void focus(String title) throws IOException, InterruptedException {
    run("xdotool", "search", "--sync", "--onlyvisible", "--name", title, "windowfocus", "--sync");
  }

  /** Takes the keyboard from all windows, by giving it to another one. */
  public void unfocus() throws IOException, InterruptedException {
    Process other = start("xev");
    try {
      focus("Event Tester");
    } finally {
      Processes.end(other);
    }
  }

  private Process start(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DISPLAY", name);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    return builder.start();
  }

  @Override
  public void close() {
    Processes.end(windowManager);
    Processes.end(server);
  }
}
