package org.mobidesk.lab.node;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;

/**
 * A host that knows nothing of MobiDesk: an OpenSSH server with one account, and the numbered
 * service. What its user's counter has counted is the evidence that a connection goes on.
 */
public final class OutsideHost {
  public static final String USER = "guest";
  private static final Duration START = Duration.ofSeconds(15);
  private static final int UID = 2000;

  /** Counts, shows it and writes it down, ten times a second, for as long as the terminal lives. */
  private static final String COUNTER =
      """
      #!/bin/sh
      n=0
      while n=$((n + 1)); do
        echo "count $n" || exit 1
        echo "$n" >>counter.log
        sleep 0.1
      done
      """;

  private static final String SSHD =
      """
      Port 22
      ListenAddress %1$s
      HostKey %2$s/host_key
      PidFile %2$s/sshd.pid
      AuthorizedKeysFile %2$s/authorized_keys
      PasswordAuthentication no
      KbdInteractiveAuthentication no
      UsePAM no
      UseDNS no
      PrintMotd no
      PrintLastLog no
      """;

  private final LabHost host;
  private final Path etc;
  private final Path home;

  public OutsideHost(LabRun run) {
    this.host = LabHost.find(run, LabNetwork.OUTSIDE);
    this.etc = host.files().resolve("ssh");
    this.home = host.files().resolve("home");
  }

  /** Makes keys and account, and starts both services. */
  void start() {
    try {
      Files.createDirectories(etc);
      Files.createDirectories(home);
      key("host_key");
      key("user_key");
      Files.copy(etc.resolve("user_key.pub"), etc.resolve("authorized_keys"));
      Files.writeString(
          etc.resolve("sshd_config"), SSHD.formatted(LabNetwork.OUTSIDE_ADDRESS, etc));
      Path counter = home.resolve("counter");
      Files.writeString(counter, COUNTER);
      Files.setPosixFilePermissions(counter, PosixFilePermissions.fromString("rwxr-xr-x"));
      Command.of("chown", "-R", UID + ":" + UID, home.toString()).run();
      addAccount();
    } catch (IOException e) {
      throw new LabException("cannot set up the outside host", e);
    }
    host.daemon(
        "sshd", List.of("/usr/sbin/sshd", "-D", "-e", "-f", etc.resolve("sshd_config").toString()));
    host.daemon(
        "numbers",
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx64m",
            "-cp",
            classPath(),
            NumberService.class.getName(),
            LabNetwork.OUTSIDE_ADDRESS,
            numbersLog().toString()));
    Waiting.until(
        "sshd on the outside host (log: " + host.log("sshd") + ")", START, () -> listens(22));
    Waiting.until(
        "the numbered service on the outside host (log: " + host.log("numbers") + ")",
        START,
        () -> listens(NumberService.PORT));
  }

  /** Of this program, for one that is started elsewhere. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(p -> Path.of(p).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void key(String name) {
    Command.of(
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-C",
            "mobidesk lab",
            "-f",
            etc.resolve(name).toString())
        .run();
  }

  /**
   * Only this host has the account: its passwd and shadow are laid over the machine's, in its own
   * mount namespace.
   */
  private void addAccount() throws IOException {
    String passwd =
        Files.readString(Path.of("/etc/passwd"))
            + "%s:x:%d:%d::%s:/bin/sh\n".formatted(USER, UID, UID, home);
    Files.writeString(etc.resolve("passwd"), passwd);
    Files.writeString(etc.resolve("shadow"), USER + ":*:1::::::\n");
    host.command("mount", "--bind", etc.resolve("passwd").toString(), "/etc/passwd").run();
    host.command("mount", "--bind", etc.resolve("shadow").toString(), "/etc/shadow").run();
    host.command("sh", "-c", "mount -t tmpfs -o mode=0755 tmpfs /run && mkdir /run/sshd").run();
  }

  private boolean listens(int port) {
    return !host.command("ss", "-Hltn", "sport", "=", ":" + port).run().text().isEmpty();
  }

  /** The private key of {@link #USER}, in OpenSSH's format. */
  private String userKey() {
    return read(etc.resolve("user_key"));
  }

  /** The line for a client's known_hosts. */
  private String knownHost() {
    return LabNetwork.OUTSIDE_ADDRESS + " " + read(etc.resolve("host_key.pub"));
  }

  /** Lets the session's user log in here: a key, and this host's, where ssh looks for them. */
  public void admit(SessionShell session) {
    session.run("umask 077; mkdir -p .ssh");
    session.write(".ssh/id_ed25519", userKey(), "600");
    session.write(".ssh/known_hosts", knownHost(), "644");
  }

  public Path numbersLog() {
    return host.files().resolve("numbers.log");
  }

  /** How far the counter in an ssh session has come; empty before it began. */
  public OptionalLong counter() {
    Path log = home.resolve("counter.log");
    if (!Files.exists(log)) {
      return OptionalLong.empty();
    }
    List<String> lines = read(log).lines().toList();
    return lines.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(lines.getLast()));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }
}
