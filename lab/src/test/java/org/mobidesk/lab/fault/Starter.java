package org.mobidesk.lab.fault;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/** {@code ./mobidesk demo} or {@code up} as a shell's job: a process group of its own. */
final class Starter {
  private static final long PATIENCE_SECONDS = 400;

  /**
   * Says what the group is before it becomes the program. Tests that were started in the background
   * ignore SIGINT, and so would what they start.
   */
  private static final String JOB = "echo $$ >&2; exec env --default-signal=INT \"$@\"";

  private final Process process;
  private final long group;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final List<String> said = new ArrayList<>();

  Starter(Checkout checkout, String... words) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "setsid",
                "--wait",
                "sh",
                "-c",
                JOB,
                "job",
                System.getProperty("java.home") + "/bin/java",
                "--enable-native-access=ALL-UNNAMED",
                "-jar",
                checkout.built("lab/target/mobidesk-lab.jar").toString()));
    all.addAll(List.of(words));
    ProcessBuilder b = new ProcessBuilder(all).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    b.environment().put("MOBIDESK_HOME", checkout.root().toString());
    b.environment().put("MOBIDESK_CACHE", checkout.cache().toString());
    process = b.start();
    BufferedReader reader = process.errorReader(StandardCharsets.UTF_8);
    group = Long.parseLong(reader.readLine());
    Thread.ofVirtual().start(() -> reader.lines().forEach(lines::add));
  }

  /** Waits until it has said a line with these words. */
  void says(String words) {
    try {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (System.nanoTime() < end) {
        String line = lines.poll(1, TimeUnit.SECONDS);
        if (line != null) {
          said.add(line);
          if (line.contains(words)) {
            return;
          }
        } else if (!process.isAlive()) {
          break;
        }
      }
      throw new LabException("it never said `" + words + "`, but: " + String.join("\n", said));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** As the terminal does at Ctrl-C: everybody in the group gets it. */
  void signalGroup(String name) {
    Command.of("kill", "-" + name, "--", "-" + group).run();
  }

  /** As a service manager does: the program alone gets it. */
  void signal(String name) {
    Command.of("kill", "-" + name, Long.toString(group)).run();
  }

  /** Waits for its end. */
  void ends() {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new LabException("it did not end: " + String.join("\n", lines));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For a test that fails in the middle. */
  void kill() {
    if (process.isAlive()) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      try {
        process.destroyForcibly().waitFor();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
