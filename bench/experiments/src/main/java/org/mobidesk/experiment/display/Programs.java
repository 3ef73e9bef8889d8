package org.mobidesk.experiment.display;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/** Programs that belong together, with a home of their own; all end with it. */
final class Programs implements AutoCloseable {
  private static final AtomicInteger NEXT_DISPLAY = new AtomicInteger();

  /** For a program that was asked to end; then it is killed. */
  private static final int END_SECONDS = 2;

  private final Path home;
  private final List<Process> running = new ArrayList<>();
  private final Map<String, Process> byName = new HashMap<>();
  private boolean closed;

  Programs(Path home) {
    this.home = home;
    try {
      Files.createDirectories(home.resolve("run"));
    } catch (IOException e) {
      throw new LabException("cannot make " + home, e);
    }
  }

  Path home() {
    return home;
  }

  /** Starts a program; its output goes to NAME.log in the home. */
  Process start(String name, List<String> words, Map<String, String> environment) {
    return start(name, words, environment, ProcessBuilder.Redirect.appendTo(log(name)));
  }

  private File log(String name) {
    return home.resolve(name + ".log").toFile();
  }

  private synchronized Process start(
      String name,
      List<String> words,
      Map<String, String> environment,
      ProcessBuilder.Redirect output) {
    if (closed) {
      throw new LabException("%s is not started: its station is closed".formatted(name));
    }
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .directory(home.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(output)
            .redirectError(ProcessBuilder.Redirect.appendTo(log(name)));
    builder.environment().put("HOME", home.toString());
    builder.environment().put("XDG_RUNTIME_DIR", home.resolve("run").toString());
    builder.environment().remove("DBUS_SESSION_BUS_ADDRESS");
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      running.add(process);
      byName.put(name, process);
      return process;
    } catch (IOException e) {
      throw new LabException("cannot start " + name, e);
    }
  }

  /**
   * Starts an X server and waits until it is ready. On networks of their own, servers would choose
   * the same display, whose socket is in the file system of all: so it is chosen here.
   *
   * @param words the program and its options, but for the display
   * @return the display
   */
  String startXServer(String name, List<String> words, Map<String, String> environment) {
    String display = freeDisplay();
    List<String> all = new ArrayList<>(words);
    all.addAll(List.of(display, "-displayfd", "1"));
    Process server = start(name, all, environment, ProcessBuilder.Redirect.PIPE);
    try {
      if (new BufferedReader(new InputStreamReader(server.getInputStream())).readLine() == null) {
        throw new LabException(name + " did not start: see " + log(name));
      }
      return display;
    } catch (IOException e) {
      throw new LabException(name + " did not start: see " + log(name), e);
    }
  }

  /** A display that nobody has: other runs begin elsewhere. */
  static String freeDisplay() {
    int first = 1000 + (int) (ProcessHandle.current().pid() % 500) * 60;
    int number;
    do {
      number = first + NEXT_DISPLAY.getAndIncrement();
    } while (Files.exists(Path.of("/tmp/.X11-unix/X" + number)));
    return ":" + number;
  }

  /** Ends the program that was started last under a name. */
  synchronized void end(String name) {
    end(byName.remove(name));
  }

  /** Ends a program that was started, with what it has started. */
  void end(Process process) {
    end(List.of(process));
  }

  private synchronized void end(List<Process> processes) {
    List<ProcessHandle> all = processes.stream().flatMap(Programs::family).toList();
    all.reversed().forEach(ProcessHandle::destroy);
    CompletableFuture<?>[] ends =
        all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(ends).completeOnTimeout(null, END_SECONDS, TimeUnit.SECONDS).join();
    all.forEach(ProcessHandle::destroyForcibly);
    running.removeAll(processes);
  }

  /** A program and what it has started. */
  private static Stream<ProcessHandle> family(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants());
  }

  /** All that run now, with what they have started. */
  synchronized List<ProcessHandle> all() {
    return running.stream().flatMap(Programs::family).filter(ProcessHandle::isAlive).toList();
  }

  /** Processor time that those which run have used, in seconds. */
  double cpuSeconds() {
    return all().stream()
        .mapToDouble(p -> p.info().totalCpuDuration().map(d -> d.toNanos() / 1e9).orElse(0.0))
        .sum();
  }

  /** Memory of those which run; what they share among several is counted in parts (PSS). */
  long memoryBytes() {
    return all().stream().mapToLong(p -> pss(p.pid())).sum();
  }

  private static long pss(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
      return lines
              .filter(l -> l.startsWith("Pss:"))
              .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
              .sum()
          * 1024;
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0; // it has just ended
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    end(List.copyOf(running));
  }
}
