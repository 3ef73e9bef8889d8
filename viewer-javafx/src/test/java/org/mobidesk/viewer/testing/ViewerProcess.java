package org.mobidesk.viewer.testing;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The real viewer as it is packaged, in a process of its own, driven through its script socket. */
public final class ViewerProcess implements AutoCloseable {
  private static final Path LAUNCHER = Path.of("target", "viewer", "mobidesk-viewer");

  private final Process process;
  private final Path output;
  private final SocketChannel socket;
  private final BufferedReader answers;

  /**
   * Starts a viewer and waits for its script socket.
   *
   * @param directory for its socket, output and settings; the caller's to remove
   */
  public ViewerProcess(PrivateDisplay display, Path directory, String... options)
      throws IOException, InterruptedException {
    this(display, directory, List.of(), options);
  }

  /** The same, with more options for its Java. */
  ViewerProcess(PrivateDisplay display, Path directory, List<String> javaOptions, String... options)
      throws IOException, InterruptedException {
    Path script = directory.resolve("viewer-" + System.nanoTime() + ".sock");
    output = directory.resolve("viewer.out");
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString(), "--script"));
    command.addAll(List.of(script.toString(), "--config", directory.resolve("config").toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("DISPLAY", display.name());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .put(
            "MOBIDESK_VIEWER_JAVA_OPTIONS",
            "-Dprism.order=sw -Xmx256m " + String.join(" ", javaOptions));
    process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    socket = connect(script);
    answers =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(socket), StandardCharsets.UTF_8));
  }

  private SocketChannel connect(Path script) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      if (Files.exists(script)) {
        try {
          return SocketChannel.open(UnixDomainSocketAddress.of(script));
        } catch (IOException e) {
          // bound, and not listening yet
        }
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("the viewer did not start: " + output());
      }
      process.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  /**
   * Gives a command and returns its result; fails the test when the viewer answers with an error.
   */
  public String command(String line) throws IOException {
    String answer = tryCommand(line);
    if (!answer.startsWith("ok")) {
      throw new AssertionError(line + ": " + answer + "; the viewer's output: " + output());
    }
    return answer.substring(2).strip();
  }

  /** Gives a command and returns the whole answer. */
  public String tryCommand(String line) throws IOException {
    socket.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the viewer has ended: " + output());
    }
    return answer;
  }

  public JsonObject status() throws IOException {
    try (var reader = Json.createReader(new StringReader(command("status")))) {
      return reader.readObject();
    }
  }

  /** Waits until the status is as expected; fails the test after 60 s. */
  public JsonObject awaitStatus(Predicate<JsonObject> expected)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      JsonObject status = status();
      if (expected.test(status)) {
        return status;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("after 60 s the viewer's status is " + status);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** What it has written to standard output and error. */
  public String output() throws IOException {
    return Files.readString(output);
  }

  public long pid() {
    return process.pid();
  }

  /** Asks it to end and returns its exit status. */
  public int quit() throws IOException, InterruptedException {
    command("quit");
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("the viewer does not end: " + output());
    }
    return process.exitValue();
  }

  @Override
  public void close() throws IOException {
    Processes.end(process);
    socket.close();
  }
}
