package org.mobidesk.experiment.display;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * A server host and a viewer host (network namespaces of this run only) and the line between them.
 */
final class Line implements AutoCloseable {
  static final String SERVER = "10.99.0.1";
  private static final String VIEWER = "10.99.0.2";

  /** A line was late when the emulator was, at its 99th percentile, by more than this. */
  static final long LATE_MICROS = 2000;

  /** Its name has the process of the run that made it. */
  private static final Pattern NAMESPACE = Pattern.compile("mdbench-(\\d+)-\\d+-[a-z]+");

  private static final AtomicInteger NEXT = new AtomicInteger();

  private final Kind kind;
  private final String prefix =
      "mdbench-%d-%d".formatted(ProcessHandle.current().pid(), NEXT.incrementAndGet());
  private final List<String> namespaces = new ArrayList<>();
  private Process emulator;
  private BufferedReader emulatorSays;
  private boolean closed;

  /** One that is still to be made. */
  Line(Kind kind) {
    this.kind = kind;
  }

  static Line make(Kind kind) {
    Line line = new Line(kind);
    try {
      line.connect();
      return line;
    } catch (RuntimeException e) {
      line.close();
      throw e;
    }
  }

  /** Makes it; what was made before it failed is there until it is closed. */
  void connect() {
    String server = add("server");
    String viewer = add("viewer");
    if (kind.delayMicros == 0) {
      ip(server, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", viewer);
    } else {
      String middle = add("line");
      ip(middle, "link", "add", "server", "type", "veth", "peer", "name", "eth0", "netns", server);
      ip(middle, "link", "add", "viewer", "type", "veth", "peer", "name", "eth0", "netns", viewer);
      ip(middle, "link", "set", "server", "up");
      ip(middle, "link", "set", "viewer", "up");
    }
    for (String host : List.of(server, viewer)) {
      ip(host, "link", "set", "lo", "up");
      ip(host, "address", "add", (host.equals(server) ? SERVER : VIEWER) + "/24", "dev", "eth0");
      ip(host, "link", "set", "eth0", "up");
      if (kind.delayMicros > 0) {
        // The emulator serializes packets as they are on a line.
        Command.of(inside(host, "ethtool", "-K", "eth0", "tso", "off", "gso", "off", "tx", "off"))
            .run();
      }
    }
    if (kind.delayMicros > 0) {
      startEmulator();
    }
  }

  private synchronized String add(String role) {
    String name = prefix + "-" + role;
    if (closed) {
      throw new LabException("the line is closed");
    }
    Command.of("ip", "netns", "add", name).run();
    namespaces.add(name);
    return name;
  }

  private static void ip(String namespace, String... words) {
    List<String> all = new ArrayList<>(List.of("ip", "-n", namespace));
    all.addAll(List.of(words));
    Command.of(all).run();
  }

  private void startEmulator() {
    String program = Checkout.find().built("native/target/meson/bench/wan-emulator").toString();
    List<String> words =
        inside(
            prefix + "-line",
            program,
            "server",
            "viewer",
            Long.toString(kind.delayMicros),
            Integer.toString(kind.megabits),
            Integer.toString(Kind.QUEUE_MILLIS));
    try {
      emulator = new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      emulatorSays = emulator.inputReader();
      if (!"ready".equals(emulatorSays.readLine())) {
        throw new LabException("the WAN emulator did not start");
      }
    } catch (IOException e) {
      throw new LabException("the WAN emulator did not start", e);
    }
  }

  /** A command line that runs on the server's network. */
  List<String> onServer(String... words) {
    return inside(prefix + "-server", words);
  }

  /** A command line that runs on the viewer's network. */
  List<String> onViewer(String... words) {
    return inside(prefix + "-viewer", words);
  }

  private static List<String> inside(String namespace, String... words) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace, "--"));
    all.addAll(List.of(words));
    return all;
  }

  /** Bytes that have arrived at the viewer's host, headers of all layers included. */
  long bytesToViewer() {
    String devices = Command.of(onViewer("cat", "/proc/self/net/dev")).run().out();
    return devices
        .lines()
        .map(String::strip)
        .filter(l -> l.startsWith("eth0:"))
        .mapToLong(l -> Long.parseLong(l.substring(5).strip().split("\\s+")[0]))
        .findFirst()
        .orElseThrow();
  }

  /** How well the emulator kept its times since it was last asked; empty where there is none. */
  Optional<Lateness> lateness() {
    if (emulator == null) {
      return Optional.empty();
    }
    try {
      emulator.outputWriter().append('\n').flush();
      String line = emulatorSays.readLine();
      if (line == null) {
        throw new LabException("the WAN emulator has ended");
      }
      JsonObject said = Json.createReader(new StringReader(line)).readObject();
      JsonObject late = said.getJsonObject("lateness_us");
      return Optional.of(
          new Lateness(
              late.getInt("p50"),
              late.getInt("p99"),
              late.getInt("max"),
              said.getBoolean("realtime")));
    } catch (IOException e) {
      throw new LabException("the WAN emulator does not tell its lateness", e);
    }
  }

  /** Ends whatever runs on it still. */
  @Override
  public synchronized void close() {
    closed = true;
    namespaces.forEach(Line::remove);
    namespaces.clear();
  }

  private static void remove(String namespace) {
    Command.of("ip", "netns", "pids", namespace)
        .attempt()
        .out()
        .lines()
        .map(Long::parseLong)
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .forEach(ProcessHandle::destroyForcibly);
    Command.of("ip", "netns", "delete", namespace).attempt();
  }

  /** Ends what runs that were killed have left. */
  static void removeLeftOver() {
    Command.of("ip", "netns", "list")
        .run()
        .out()
        .lines()
        .map(NAMESPACE::matcher)
        .filter(m -> m.lookingAt() && ProcessHandle.of(Long.parseLong(m.group(1))).isEmpty())
        .map(Matcher::group)
        .forEach(Line::remove);
  }

  /**
   * How late packets were, in microseconds.
   *
   * @param realtime whether the emulator had real-time priority
   */
  record Lateness(int p50, int p99, int most, boolean realtime) {
    /** Whether what was measured meanwhile is not to be kept. */
    boolean tooLate() {
      return p99 > LATE_MICROS;
    }

    @Override
    public String toString() {
      return "emulator late by p50 %d us, p99 %d us, at most %d us%s"
          .formatted(p50, p99, most, realtime ? "" : ", without real-time priority");
    }
  }

  /** What lines there are. */
  enum Kind {
    /** No added delay. */
    LAN(0, 0),
    /** 66 ms there and back, 100 Mbit/s, as in the paper. */
    WAN(33_000, 100);

    /** Of the router before the line. */
    private static final int QUEUE_MILLIS = 200;

    private final long delayMicros;
    private final int megabits;

    Kind(long delayMicros, int megabits) {
      this.delayMicros = delayMicros;
      this.megabits = megabits;
    }

    /** How long nothing must happen for a step to be taken for done: longer than a round trip. */
    int quietMillis() {
      return 150 + (int) (3 * delayMicros / 1000);
    }
  }
}
