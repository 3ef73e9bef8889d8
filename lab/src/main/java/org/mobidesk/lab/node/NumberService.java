package org.mobidesk.lab.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A TCP service that sends each client numbered lines, one every {@link #INTERVAL}, and expects
 * every number back. Its log is what the network looked like from here, a line for each thing that
 * happened:
 *
 * <pre>
 *   open CONNECTION MICROS
 *   back CONNECTION NUMBER MICROS
 *   stop CONNECTION MICROS REASON      (nothing more can be sent)
 *   end CONNECTION MICROS REASON       (client closed, or what the system said: a reset, a time-out)
 * </pre>
 *
 * MICROS is the monotonic clock, in microseconds. A program of its own, run on the outside host.
 */
public final class NumberService {
  /** Short against what is measured with it. */
  public static final Duration INTERVAL = Duration.ofMillis(5);

  public static final int PORT = 7000;

  private final PrintStream log;

  private NumberService(PrintStream log) {
    this.log = log;
  }

  /** Arguments: address to listen on, file of the log. */
  public static void main(String[] args) throws IOException {
    try (PrintStream log =
            new PrintStream(
                Files.newOutputStream(Path.of(args[1])), true, StandardCharsets.US_ASCII);
        ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(args[0], PORT));
      NumberService service = new NumberService(log);
      for (int connection = 1; ; connection++) {
        int number = connection;
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        service.note("open " + number + " " + micros());
        Thread.ofPlatform().start(() -> service.send(number, socket));
        Thread.ofPlatform().start(() -> service.receive(number, socket));
      }
    }
  }

  /** Ends when the socket does; what ended it is seen by {@link #receive}. */
  private void send(int connection, Socket socket) {
    try (socket) {
      var out = socket.getOutputStream();
      long next = System.nanoTime();
      for (long n = 1; ; n++) {
        out.write((n + "\n").getBytes(StandardCharsets.US_ASCII));
        next += INTERVAL.toNanos();
        Thread.sleep(Duration.ofNanos(Math.max(0, next - System.nanoTime())));
      }
    } catch (IOException | InterruptedException e) {
      note("stop " + connection + " " + micros() + " " + e.getMessage());
    }
  }

  private void receive(int connection, Socket socket) {
    String reason = "closed by the client";
    try (socket;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        note("back " + connection + " " + line + " " + micros());
      }
    } catch (IOException e) {
      reason = e.getMessage();
    }
    note("end " + connection + " " + micros() + " " + reason);
  }

  private synchronized void note(String line) {
    log.println(line);
  }

  private static long micros() {
    return System.nanoTime() / 1000;
  }
}
