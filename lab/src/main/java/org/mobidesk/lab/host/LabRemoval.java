package org.mobidesk.lab.host;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.process.Command;

/**
 * Ends a run and removes everything that carries its name, whoever started it and however that
 * ended. Works on what the machine shows (processes, mounts, links), so that nothing of it depends
 * on records that a killed program did not write.
 */
public final class LabRemoval {
  private static final Duration DEATH = Duration.ofSeconds(30);

  /** Of the hierarchies, and the groups in them. */
  private static final int GROUP_DEPTH = 3;

  private final LabRun run;

  public LabRemoval(LabRun run) {
    this.run = run;
  }

  /**
   * Removes it all; removing what is not there succeeds.
   *
   * @throws LabException that names what could not be removed
   */
  public void remove() {
    endProcesses();
    AccessNetwork.release(run);
    unmount();
    detachLoops();
    removeControlGroups();
    removeFiles();
    removeMountPoints();
  }

  /** Killing a host's first process ends all of the host: the kernel does the rest. */
  private void endProcesses() {
    Waiting.until(
        "the processes of run " + run.name() + " to end",
        DEATH,
        () -> {
          List<ProcessHandle> left = processes();
          left.forEach(ProcessHandle::destroyForcibly);
          return left.isEmpty();
        });
  }

  private List<ProcessHandle> processes() {
    String mark = LabRun.MARK + "=" + run.name();
    return ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> environment(p.pid()).contains(mark))
        .toList();
  }

  private static List<String> environment(long pid) {
    try {
      return List.of(
          Files.readString(
                  Path.of("/proc", Long.toString(pid), "environ"),
                  java.nio.charset.StandardCharsets.ISO_8859_1)
              .split("\0"));
    } catch (IOException e) {
      // It ended in between.
      return List.of();
    }
  }

  /** The hosts' mounts went with them; what is left is in this machine's own table. */
  private void unmount() {
    List<String> points = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
        String point = line.split(" ")[1];
        if (isOurs(point)) {
          points.add(point);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot read /proc/self/mounts", e);
    }
    points.sort(Comparator.reverseOrder());
    points.forEach(p -> Command.of("umount", "--lazy", p).run());
  }

  private boolean isOurs(String path) {
    return path.startsWith(run.directory() + "/") || path.startsWith(run.files() + "/");
  }

  /** Most detach themselves when their last mount goes, which may be just now. */
  private void detachLoops() {
    Waiting.until(
        "the loop devices of run " + run.name() + " to be detached",
        DEATH,
        () -> {
          List<String> left = loops();
          left.forEach(device -> Command.of("losetup", "--detach", device).attempt());
          return left.isEmpty();
        });
  }

  private List<String> loops() {
    return Command.of("losetup", "--list", "--noheadings", "--output", "NAME,BACK-FILE")
        .run()
        .out()
        .lines()
        .map(l -> l.strip().split("\\s+", 2))
        .filter(l -> l.length == 2 && isOurs(l[1]))
        .map(l -> l[0])
        .toList();
  }

  /** The host daemons name their groups after their instance, which begins with the run's name. */
  private void removeControlGroups() {
    try {
      for (Path group : groups(Path.of("/sys/fs/cgroup"), GROUP_DEPTH)) {
        removeGroup(group);
      }
    } catch (IOException e) {
      throw new LabException("cannot remove the control groups of run " + run.name(), e);
    }
  }

  /** Those below a directory; groups of others come and go meanwhile. */
  private List<Path> groups(Path directory, int depth) {
    File[] below = directory.toFile().listFiles(File::isDirectory);
    if (below == null || depth == 0) {
      return List.of();
    }
    return Stream.of(below)
        .map(File::toPath)
        .flatMap(p -> isGroup(p) ? Stream.of(p) : groups(p, depth - 1).stream())
        .toList();
  }

  private boolean isGroup(Path p) {
    return p.getFileName().toString().matches("mobidesk[-.]" + run.name() + "-[a-z0-9]+.*");
  }

  private static void removeGroup(Path group) throws IOException {
    if (!Files.isDirectory(group)) {
      return;
    }
    try (Stream<Path> below = Files.walk(group)) {
      for (Path p : below.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        Waiting.until(
            "control group " + p + " to be empty",
            DEATH,
            () -> p.toFile().delete() || !Files.exists(p));
      }
    }
  }

  /** Again, when something that was about to end has written meanwhile. */
  private void removeFiles() {
    for (Path p : List.of(run.directory(), run.files())) {
      Command removal = Command.of("rm", "-rf", "--one-file-system", p.toString());
      if (removal.attempt().exit() != 0 || Files.exists(p)) {
        endProcesses();
        Waiting.until(p + " to be removed", DEATH, () -> removal.attempt().exit() == 0);
      }
    }
  }

  /** The empty directories that hosts mount their own over, when no other run is there. */
  private static void removeMountPoints() {
    if (LabRun.all().isEmpty()) {
      Stream.of(
              "/etc/mobidesk",
              "/run/mobidesk",
              "/var/lib/mobidesk",
              "/run/mobidesk-lab/.networks",
              "/run/mobidesk-lab",
              "/var/lib/mobidesk-lab")
          .forEach(p -> Command.of("rmdir", "--ignore-fail-on-non-empty", p).attempt());
    }
  }
}
