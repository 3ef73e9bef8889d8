package org.mobidesk.viewer.script;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Takes the commands of scripts: lines of a file, or of any number of connections to a unix socket
 * that only the viewer's user can open. Each command is answered by one line: `ok`, `ok RESULT` or
 * `error REASON`. A file's answers go to the standard output; its first error ends the viewer with
 * status 1.
 */
public final class ScriptServer implements AutoCloseable {
  private final Path path;
  private final ServerSocketChannel socket;
  private final ScriptTarget target;
  private final FrameMark beforeInput = new FrameMark();

  private ScriptServer(Path path, ServerSocketChannel socket, ScriptTarget target) {
    this.path = path;
    this.socket = socket;
    this.target = target;
  }

  /**
   * Opens the file if there is one, else makes a socket.
   *
   * @throws IOException when neither can be done
   */
  public static ScriptServer open(Path path, ScriptTarget target) throws IOException {
    if (Files.isRegularFile(path)) {
      return new ScriptServer(path, null, target);
    }
    ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      removeAbandoned(path);
      socket.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return new ScriptServer(path, socket, target);
    } catch (IOException e) {
      socket.close();
      throw new IOException("making the script's socket %s: %s".formatted(path, e.getMessage()), e);
    }
  }

  /**
   * Removes the socket of a viewer that was killed. One that runs keeps its own: the bind will
   * fail.
   */
  private static void removeAbandoned(Path path) throws IOException {
    if (Files.exists(path)) {
      try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        probe.connect(UnixDomainSocketAddress.of(path));
      } catch (ConnectException e) {
        Files.delete(path);
      }
    }
  }

  /** Begins to carry out commands. */
  public void start() {
    Thread.ofVirtual().name("script").start(socket == null ? this::runFile : this::accept);
  }

  /** Removes the socket; commands under way end with their connection. */
  @Override
  public void close() {
    if (socket == null) {
      return;
    }
    try {
      socket.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      report(e);
    }
  }

  private void runFile() {
    try (BufferedReader lines = Files.newBufferedReader(path);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8)) {
      if (!converse(lines, out, true)) {
        System.exit(1);
      }
    } catch (IOException e) {
      report(e);
    }
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel client = socket.accept();
        Thread.ofVirtual().name("script-client").start(() -> serve(client));
      }
    } catch (ClosedChannelException e) {
      // The viewer ends.
    } catch (IOException e) {
      report(e);
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        var lines =
            new BufferedReader(
                new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
        var out =
            new OutputStreamWriter(Channels.newOutputStream(client), StandardCharsets.UTF_8)) {
      converse(lines, out, false);
    } catch (IOException e) {
      report(e);
    }
  }

  /** Carries out line after line; false when it stopped at an error. */
  private boolean converse(BufferedReader lines, Writer out, boolean stopAtError)
      throws IOException {
    ScriptCommands commands = new ScriptCommands(target, beforeInput);
    String line;
    while ((line = lines.readLine()) != null) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      boolean failed = false;
      String answer;
      try {
        String result = commands.execute(line);
        answer = result.isEmpty() ? "ok" : "ok " + result;
      } catch (ScriptException e) {
        failed = true;
        answer = "error " + e.getMessage().replaceAll("\\R", " ");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
      out.write(answer + "\n");
      out.flush();
      if (failed && stopAtError) {
        return false;
      }
    }
    return true;
  }

  private void report(IOException e) {
    System.err.printf("mobidesk-viewer: script %s: %s%n", path, e.getMessage());
  }
}
