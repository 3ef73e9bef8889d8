package org.mobidesk.lab.host;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.process.Command;

/**
 * A host of the lab: network, mount, pid, ipc and uts namespaces with a first process that reaps.
 * It has its own {@code /etc/mobidesk}, {@code /run/mobidesk} and {@code /var/lib/mobidesk}; the
 * rest of the file system is the machine's. When its first process dies, all of it is gone.
 */
public final class LabHost {
  private static final Duration START = Duration.ofSeconds(20);
  private static final String PRIVATE_ETC = "/etc/mobidesk";
  private static final String PRIVATE_RUN = "/run/mobidesk";
  private static final String PRIVATE_VAR = "/var/lib/mobidesk";

  /**
   * $1 host name, $2 to $4 its own etc, run and var, $5 the file that it makes when it is ready.
   */
  private static final String BOOT =
      """
      set -eu
      hostname "$1"
      mount --make-rprivate /
      mount -t proc -o nosuid,nodev,noexec proc /proc
      mount --bind "$2" /etc/mobidesk
      mount --bind "$3" /run/mobidesk
      mount --bind "$4" /var/lib/mobidesk
      ip link set lo up
      : >"$5"
      exec tini -s -g -- sleep infinity
      """;

  /**
   * Runs "$@" and starts it again when a signal ended it, as the service manager of a server would;
   * an end of its own is final.
   */
  private static final String SUPERVISE =
      """
      while true; do
        status=0
        "$@" || status=$?
        [ "$status" -gt 128 ] || exit "$status"
        echo "ended by signal $((status - 128)), starting again"
      done
      """;

  private final LabRun run;
  private final String name;
  private final long pid;

  private LabHost(LabRun run, String name, long pid) {
    this.run = run;
    this.name = name;
    this.pid = pid;
  }

  /** Starts the host; it goes on when this program ends. */
  static LabHost start(LabRun run, String name) {
    Path own = run.directory().resolve(name);
    Path ready = own.resolve("ready");
    try {
      for (String point : List.of(PRIVATE_ETC, PRIVATE_RUN, PRIVATE_VAR)) {
        Files.createDirectories(Path.of(point));
      }
      Path etc = Files.createDirectories(own.resolve("etc"));
      Path runtime = Files.createDirectories(own.resolve("run"));
      Path files = Files.createDirectories(run.files().resolve(name));
      Files.createDirectories(run.logs());
      Process p =
          builder(
                  run,
                  run.logs().resolve(name + "-init.log"),
                  List.of(
                      "setsid",
                      "unshare",
                      "--mount",
                      "--uts",
                      "--ipc",
                      "--net",
                      "--pid",
                      "--fork",
                      "sh",
                      "-c",
                      BOOT,
                      "boot",
                      name,
                      etc.toString(),
                      runtime.toString(),
                      files.toString(),
                      ready.toString()))
              .start();
      Waiting.until("host " + name + " to start", START, () -> Files.exists(ready) || !p.isAlive());
      long init =
          p.toHandle()
              .children()
              .map(ProcessHandle::pid)
              .findFirst()
              .orElseThrow(
                  () ->
                      new LabException(
                          "host "
                              + name
                              + " did not start: see "
                              + run.logs().resolve(name + "-init.log")));
      Files.writeString(own.resolve("pid"), init + "\n");
      return new LabHost(run, name, init);
    } catch (IOException e) {
      throw new LabException("cannot start host " + name, e);
    }
  }

  /** A host that was started before, maybe by another process. */
  public static LabHost find(LabRun run, String name) {
    Path file = run.directory().resolve(name).resolve("pid");
    try {
      return new LabHost(run, name, Long.parseLong(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException e) {
      throw new LabException("run " + run.name() + " has no host " + name + " that is up", e);
    }
  }

  public String name() {
    return name;
  }

  /** Of its first process, as the machine sees it. */
  long pid() {
    return pid;
  }

  /** Its own {@code /etc/mobidesk}, as the machine sees it. */
  public Path etc() {
    return run.directory().resolve(name).resolve("etc");
  }

  /** Its own {@code /run/mobidesk}, as the machine sees it. */
  public Path runtime() {
    return run.directory().resolve(name).resolve("run");
  }

  /** Its own {@code /var/lib/mobidesk}, as the machine sees it. */
  public Path files() {
    return run.files().resolve(name);
  }

  public Path log(String program) {
    return run.logs().resolve(name + "-" + program + ".log");
  }

  /** A command on this host, as root. */
  public Command command(String... words) {
    return Command.of(entered(List.of(words)));
  }

  /** A command of the machine on this host's network. */
  Command network(String... words) {
    List<String> all =
        new ArrayList<>(List.of("nsenter", "--net", "--target", Long.toString(pid), "--"));
    all.addAll(List.of(words));
    return Command.of(all);
  }

  /** A program on this host that goes on when this one ends; its output goes to {@link #log}. */
  public Process daemon(String program, List<String> words) {
    List<String> all = new ArrayList<>(List.of("setsid"));
    all.addAll(entered(words));
    try {
      return builder(run, log(program), all).start();
    } catch (IOException e) {
      throw new LabException("cannot start " + program + " on host " + name, e);
    }
  }

  /** A {@link #daemon} that is started again when it is killed. */
  public Process service(String program, List<String> words) {
    List<String> all = new ArrayList<>(List.of("sh", "-c", SUPERVISE, program));
    all.addAll(words);
    return daemon(program, all);
  }

  /** The processes on this host, as the machine sees them. */
  public List<ProcessHandle> processes() {
    Optional<Path> own = processNamespace(pid);
    return ProcessHandle.allProcesses()
        .filter(p -> own.isPresent() && processNamespace(p.pid()).equals(own))
        .toList();
  }

  private static Optional<Path> processNamespace(long pid) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/pid")));
    } catch (IOException e) {
      // It ended in between.
      return Optional.empty();
    }
  }

  /** The host is gone at once, with all that runs on it, as by a loss of power. */
  public void lose() {
    Command.of("kill", "-KILL", Long.toString(pid)).run();
  }

  private List<String> entered(List<String> words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--mount",
                "--uts",
                "--ipc",
                "--net",
                "--pid",
                "--target",
                Long.toString(pid),
                "--"));
    all.addAll(words);
    return all;
  }

  /** A process of the run on the machine itself or, with the words for it, on a host. */
  public static ProcessBuilder builder(LabRun run, Path log, List<String> words) {
    ProcessBuilder b =
        new ProcessBuilder(words)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    b.environment().put(LabRun.MARK, run.name());
    return b;
  }
}
