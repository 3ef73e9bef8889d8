package org.mobidesk.wildfly;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The nodes of one test: keys of their own, addresses of their own on the loopback, and a directory
 * that goes with them.
 */
final class Installation implements AutoCloseable {

  static final String PASSWORD = "test-password";

  /** What the nodes of the last run said. */
  private static final Path LOGS = Path.of("target", "node-logs");

  private final Path dir;
  private final String network;
  private final Deque<Node> nodes = new ArrayDeque<>();
  private final Thread hook = new Thread(this::stop);

  Installation() throws IOException {
    dir = Files.createTempDirectory("mobidesk-nodes-");
    ThreadLocalRandom random = ThreadLocalRandom.current();
    network = "127." + random.nextInt(1, 255) + "." + random.nextInt(1, 255) + ".";
    Files.writeString(dir.resolve("password"), PASSWORD);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  Path dir() {
    return dir;
  }

  String address(int host) {
    return network + host;
  }

  Path keys() {
    return dir.resolve("keys");
  }

  /**
   * Makes keys, installs and starts; the node's first address is the tier's, the second the public
   * one.
   */
  Node start(String role, String name, Path war, int host, int publicHost)
      throws IOException, InterruptedException {
    Node node = install(role, name, war, host, publicHost);
    node.start();
    return node;
  }

  /** The same without the start. */
  Node install(String role, String name, Path war, int host, int publicHost)
      throws IOException, InterruptedException {
    Commands.run(
        Map.of(),
        Commands.HERE.resolve("make-keys"),
        keys(),
        name,
        role,
        "IP:" + address(host) + ",IP:" + address(publicHost),
        dir.resolve("password"));
    Node node = new Node(this, role, name, address(host), address(publicHost));
    node.install(war);
    nodes.push(node);
    return node;
  }

  @Override
  public void close() throws IOException {
    Runtime.getRuntime().removeShutdownHook(hook);
    stop();
    for (Node node : nodes) {
      node.keepLog(Files.createDirectories(LOGS));
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void stop() {
    nodes.forEach(Node::kill);
  }
}
