package org.mobidesk.wildfly;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A WildFly with the configuration of a role, run as a user that is not root. */
final class Node {

  /** The user nobody, when the test runs as root. */
  private static final String UNPRIVILEGED = "65534";

  private static final long BOOT_SECONDS = 180;

  private final Installation installation;
  private final String role;
  private final String name;
  private final String address;
  private final String publicAddress;
  private final Path dir;
  private Process process;

  Node(Installation installation, String role, String name, String address, String publicAddress) {
    this.installation = installation;
    this.role = role;
    this.name = name;
    this.address = address;
    this.publicAddress = publicAddress;
    this.dir = installation.dir().resolve(name);
  }

  String address() {
    return address;
  }

  String publicAddress() {
    return publicAddress;
  }

  Path log() {
    return dir.resolve("console.log");
  }

  /** Copies the log to a directory that stays; a node that was never started has none. */
  void keepLog(Path kept) throws IOException {
    if (Files.exists(log())) {
      Files.copy(log(), kept.resolve(name + ".log"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  void install(Path war) throws IOException, InterruptedException {
    Files.createDirectories(dir);
    Commands.run(
        Map.of(), Commands.HERE.resolve("install"), Commands.WILDFLY, dir.resolve("base"), role);
    Files.copy(war, dir.resolve("base/deployments/probe.war"), StandardCopyOption.REPLACE_EXISTING);
    for (String key : List.of(name + ".p12", "ca.p12")) {
      Files.copy(installation.keys().resolve(key), dir.resolve(key));
    }
    Files.write(
        dir.resolve("node.properties"),
        List.of(
            "mobidesk.role=" + role,
            "mobidesk.node.name=" + name,
            "jboss.node.name=" + name,
            "mobidesk.node.address=" + address,
            "mobidesk.public.address=" + publicAddress,
            "mobidesk.proxy.address=" + installation.address(1),
            "mobidesk.cluster.hosts="
                + installation.address(1)
                + "[7600],"
                + installation.address(3)
                + "[7600]",
            "mobidesk.tls.keystore=" + dir.resolve(name + ".p12"),
            "mobidesk.tls.truststore=" + dir.resolve("ca.p12"),
            "mobidesk.tls.password=" + Installation.PASSWORD,
            "mobidesk.db.file=" + dir.resolve("base/data/mobidesk"),
            "mobidesk.db.password=test-db",
            "mobidesk.broker.password=test-broker",
            "mobidesk.cluster.password=test-cluster"));
    if (root()) {
      Commands.run(Map.of(), "chown", UNPRIVILEGED + ":" + UNPRIVILEGED, installation.dir());
      Commands.run(Map.of(), "chown", "-R", UNPRIVILEGED + ":" + UNPRIVILEGED, dir);
    }
  }

  /** Changes a property of the next start. */
  void set(String property, String value) throws IOException {
    Path file = dir.resolve("node.properties");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.removeIf(line -> line.startsWith(property + "="));
    lines.add(property + "=" + value);
    Files.write(file, lines);
  }

  /** Starts and waits until the deployment serves. */
  void start() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    if (root()) {
      command.addAll(
          List.of(
              "setpriv", "--reuid=" + UNPRIVILEGED, "--regid=" + UNPRIVILEGED, "--clear-groups"));
    }
    command.addAll(
        List.of(
            Commands.WILDFLY.resolve("bin/standalone.sh").toString(),
            "-Djboss.server.base.dir=" + dir.resolve("base"),
            // Nodes of one machine: each manages itself at its own loopback address.
            "-Djboss.bind.address.management=" + address,
            "-P",
            dir.resolve("node.properties").toString()));
    Files.deleteIfExists(log());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log().toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "JAVA_HOME",
                Commands.JAVA_HOME,
                "RUN_CONF",
                dir.resolve("base/node.conf").toString()));
    process = builder.start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(BOOT_SECONDS);
    while (!Files.readString(log()).contains("WFLYSRV0025")) {
      if (System.nanoTime() > deadline || process.waitFor(200, TimeUnit.MILLISECONDS)) {
        fail(name + " did not start:\n" + Files.readString(log()));
      }
    }
  }

  /** The pid of the virtual machine: the script is its parent. */
  long pid() {
    return virtualMachine().findFirst().orElseThrow().pid();
  }

  private Stream<ProcessHandle> virtualMachine() {
    return process
        .descendants()
        .filter(child -> child.info().command().filter(c -> c.endsWith("/java")).isPresent());
  }

  /** As a power failure would, and waits for the end. */
  void kill() {
    if (process != null) {
      virtualMachine().forEach(ProcessHandle::destroyForcibly);
      process.destroy();
      process.onExit().join();
    }
  }

  private static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }
}
