package org.mobidesk.lab.demo;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.Writer;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.setup.Checkout;

/** The JavaFX viewer as a process, driven through its script socket (docs/viewer.md). */
final class Viewer implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(60);

  private final Process process;
  private final Path socket;
  private final Path log;
  private final Path frames;

  private Viewer(Process process, Path socket, Path log, Path frames) {
    this.process = process;
    this.socket = socket;
    this.log = log;
    this.frames = frames;
  }

  /**
   * Starts a viewer that logs in at once as the run's user.
   *
   * @param name of its directory and its log; each viewer that runs has its own
   */
  static Viewer start(Checkout checkout, LabRun run, String name, LabAccess access, Screen screen) {
    Path directory = run.directory().resolve(name);
    Path socket = directory.resolve("script.sock");
    Path frames = directory.resolve("frames.csv");
    Path log = run.logs().resolve(name + ".log");
    try {
      Files.createDirectories(directory);
      Files.deleteIfExists(socket);
      Path password = directory.resolve("password");
      Files.writeString(password, access.password() + "\n");
      List<String> words = new ArrayList<>(List.of("setsid"));
      words.addAll(ViewerProgram.words(checkout, List.of("-Dprism.order=sw")));
      words.addAll(
          List.of(
              "--server",
              access.address(),
              "--user",
              access.user(),
              "--password-file",
              password.toString(),
              "--ca",
              access.ca().toString(),
              "--script",
              socket.toString(),
              "--log",
              frames.toString(),
              "--config",
              directory.toString()));
      ProcessBuilder b = LabHost.builder(run, log, words);
      b.environment().put("DISPLAY", screen.display());
      Process p = b.start();
      Waiting.until(
          "the viewer to start (log: " + log + ")",
          START,
          () -> Waiting.listens(socket) || !p.isAlive());
      return new Viewer(p, socket, log, frames);
    } catch (IOException e) {
      throw new LabException("cannot start the viewer", e);
    }
  }

  /** One command; returns what it answers after {@code ok}. */
  String send(String command) {
    if (!process.isAlive()) {
      throw new LabException("the viewer has ended: see " + log);
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      Writer out =
          new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8);
      out.write(command + "\n");
      out.flush();
      String answer =
          new BufferedReader(
                  new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))
              .readLine();
      if (answer == null || !answer.startsWith("ok")) {
        throw new LabException("viewer, `" + command + "`: " + answer);
      }
      return answer.substring("ok".length()).strip();
    } catch (IOException e) {
      throw new LabException("viewer, `" + command + "`", e);
    }
  }

  JsonObject status() {
    try (var reader = Json.createReader(new StringReader(send("status")))) {
      return reader.readObject();
    }
  }

  /**
   * Waits until the proxy has told the viewer that the session is being moved, or for as long as a
   * move may take.
   */
  void awaitMoving() {
    Waiting.until(
        "the viewer to be told that the session moves",
        START,
        () -> status().getString("state").equals("moving"));
  }

  void click(int x, int y) {
    send("click " + x + " " + y);
  }

  /** Types; a newline is the key Return. */
  void type(String text) {
    send("type " + text.replace("\\", "\\\\").replace("\n", "\\n"));
  }

  void screenshot(Path file) {
    send("screenshot " + file);
  }

  /** The viewer's log of frames, whole up to now. */
  Arrivals frames() {
    send("log");
    return Arrivals.ofFrameLog(frames);
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroy();
      Waiting.until("the viewer to end", START, () -> !process.isAlive());
    }
  }
}
