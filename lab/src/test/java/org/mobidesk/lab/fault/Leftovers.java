package org.mobidesk.lab.fault;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;

/**
 * What of a run is on this machine, looked for by its name in everything that the machine shows.
 */
final class Leftovers {
  private Leftovers() {}

  static List<String> of(LabRun run) throws IOException {
    return Stream.of(
            processes(run),
            lines("mount", run, Files.readString(Path.of("/proc/self/mountinfo"))),
            lines("loop device", run, output("losetup", "--list", "--output", "NAME,BACK-FILE")),
            lines("link", run, output("ip", "-details", "link")),
            lines("network namespace", run, output("ip", "netns", "list")),
            lines("nftables", run, output("nft", "list", "tables")),
            paths("control group", run, Path.of("/sys/fs/cgroup"), 4),
            paths("BPF pin", run, Path.of("/sys/fs/bpf"), 4),
            Stream.of(run.directory(), run.files()).filter(Files::exists).map(p -> "file " + p))
        .flatMap(s -> s)
        .toList();
  }

  private static Stream<String> processes(LabRun run) {
    return ProcessHandle.allProcesses()
        .filter(p -> p.pid() != ProcessHandle.current().pid())
        .filter(p -> belongs(p.pid(), run))
        .map(p -> "process " + p.pid() + " " + p.info().commandLine().orElse(""));
  }

  private static boolean belongs(long pid, LabRun run) {
    Path proc = Path.of("/proc", Long.toString(pid));
    return read(proc.resolve("environ")).contains(LabRun.MARK + "=" + run.name() + "\0")
        || read(proc.resolve("cmdline")).contains("mobidesk-lab/" + run.name() + "/");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      // The process ended in between.
      return "";
    }
  }

  private static String output(String... words) {
    return Command.of(words).run().out();
  }

  private static Stream<String> lines(String what, LabRun run, String text) {
    return text.lines().filter(l -> l.contains(run.name())).map(l -> what + " " + l.strip());
  }

  /** Others' files come and go meanwhile. */
  private static Stream<String> paths(String what, LabRun run, Path directory, int depth) {
    File[] all = directory.toFile().listFiles();
    if (all == null || depth == 0) {
      return Stream.empty();
    }
    return Stream.of(all)
        .map(File::toPath)
        .flatMap(
            p ->
                p.getFileName().toString().contains(run.name())
                    ? Stream.of(what + " " + p)
                    : Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)
                        ? paths(what, run, p, depth - 1)
                        : Stream.empty());
  }
}
