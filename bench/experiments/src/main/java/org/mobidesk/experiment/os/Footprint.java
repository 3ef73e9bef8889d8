package org.mobidesk.experiment.os;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.node.DaemonLab;

/**
 * What idle desktops of one template cost a server. Memory is the sum of the processes'
 * proportional set sizes: a page that several of them map counts once. What a further session adds
 * is its own; the rest of the first one is shared.
 */
final class Footprint {
  private static final Duration DESKTOP = Duration.ofSeconds(120);

  /** Kilobytes. A process may end while it is read. */
  private static final String MEMORY =
      """
      for process in /proc/[0-9]*; do
        grep -q '/mobidesk-[^/]*/idle[0-9]*$' $process/cgroup 2>/dev/null && cat $process/smaps_rollup 2>/dev/null
      done | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
      """;

  private static final double MEGABYTE = 1e6;
  private static final int SETTLED_READINGS = 3;
  private static final double SETTLED = 0.01;

  private final DaemonLab lab;
  private final String server;
  private final String template;

  Footprint(DaemonLab lab, String server, String template) {
    this.lab = lab;
    this.server = server;
    this.template = template;
  }

  /**
   * Starts desktops one after another, and leaves none.
   *
   * @param further how many after the first, at least 1
   */
  Results measure(Results results, int further) {
    List<Double> memory = new ArrayList<>();
    List<Double> disk = new ArrayList<>();
    for (int i = 0; i <= further; i++) {
      String id = "idle" + i;
      lab.hostctl(server, "create", id, template, "user", "10.74.1." + (i + 1)).run();
      awaitDesktop(id);
      memory.add(settledMemory(i + 1) / MEGABYTE);
    }
    for (int i = 0; i <= further; i++) {
      disk.add(value("idle" + i, "disk") / MEGABYTE);
      lab.hostctl(server, "destroy", "idle" + i).run();
    }
    double[] added = new double[further];
    for (int i = 0; i < further; i++) {
      added[i] = memory.get(i + 1) - memory.get(i);
    }
    double own = (memory.getLast() - memory.getFirst()) / further;
    String name = "idle desktop, " + template.replaceFirst("-[0-9a-f]+$", "");
    return results
        .row(name, "memory of its own", "MB", added)
        .row(name, "memory shared with others of its template", "MB", memory.getFirst() - own)
        .row(
            name,
            "session disk used",
            "MB",
            disk.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private void awaitDesktop(String id) {
    Waiting.until(
        "the desktop of " + id,
        DESKTOP,
        () ->
            lab.hostctl(server, "exec", id, "/usr/bin/pgrep", "-x", "xfce4-panel|openbox")
                    .attempt()
                    .exit()
                == 0);
  }

  /** All sessions' memory, when it no longer changes: what a desktop starts has been started. */
  private double settledMemory(int sessions) {
    double[] last = {memory()};
    int[] same = {0};
    Waiting.until(
        "the memory of " + sessions + " idle desktops to settle",
        DESKTOP,
        () -> {
          pause();
          double now = memory();
          same[0] = Math.abs(now - last[0]) < SETTLED * now ? same[0] + 1 : 0;
          last[0] = now;
          return same[0] == SETTLED_READINGS;
        });
    return last[0];
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  /** Bytes of all sessions together, those of the processes in their control groups. */
  private double memory() {
    return Double.parseDouble(lab.host(server).command("sh", "-c", MEMORY).run().text()) * 1024;
  }

  /** A figure that the host daemon tells of a session. */
  private double value(String id, String key) {
    String shown = lab.hostctl(server, "show", id).run().text();
    return Stream.of(shown.split(" "))
        .filter(word -> word.startsWith(key + "="))
        .mapToDouble(word -> Double.parseDouble(word.substring(key.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new LabException("no `" + key + "` in `" + shown + "`"));
  }
}
