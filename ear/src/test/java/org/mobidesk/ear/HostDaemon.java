package org.mobidesk.ear;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The real mobidesk-hostd of the test node, for sessions and as the gateway: in namespaces of its
 * own, so that its sessions, mounts and network end with it. Its one template is the smallest
 * session there is (native/tests/session_app.c).
 */
final class HostDaemon {

  static final String TEMPLATE = "tiny";

  /** The session's own program, which also answers questions in it. */
  static final String PROGRAM = "/usr/bin/app";

  /** $1 the daemon, $2 its configuration. An interface stands for the way to outside hosts. */
  private static final String START =
      """
      set -eu
      mount --make-rprivate /
      ip link set lo up
      ip link add world type bridge
      ip address add 203.0.113.1/24 dev world
      ip link set world up
      exec tini -s -- "$1" --config "$2"
      """;

  private static final String TREE =
      """
      set -eu
      mkdir -p "$1/tree/etc" "$1/tree/var/lib" "$1/templates"
      for d in proc sys run dev tmp home root; do mkdir "$1/tree/$d"; done
      install -D -m 0755 "$2/init/mobidesk-init" "$1/tree/usr/lib/mobidesk/init"
      install -D -m 0755 "$2/tests/session-app" "$1/tree/usr/lib/mobidesk/start"
      install -D -m 0755 "$2/tests/session-app" "$1/tree/usr/bin/app"
      mkdir -p "$1/tree/usr/share/both/deep"
      echo below >"$1/tree/usr/share/both/below"
      echo above >"$1/tree/usr/share/both/deep/same"
      echo root:x:0:0:root:/root:/bin/sh >"$1/tree/etc/passwd"
      printf 'root:x:0:\\nsudo:x:27:\\n' >"$1/tree/etc/group"
      mkfs.erofs -T0 -U 00000000-0000-4000-8000-000000000001 "$1/templates/$3-1.erofs" "$1/tree" >/dev/null 2>&1
      mkdir -p -m 0700 "$1/keys/storage"
      (umask 077 && od -An -N32 -v -tx1 /dev/urandom | tr -d ' \\n' >"$1/keys/storage/test.key")
      (umask 077 && head -c 32 /dev/urandom >"$1/keys/network.key")
      echo '{"name": "'"$3"'", "version": "1"}' >"$1/templates/$3-1.json"
      """;

  private final Path dir;
  private final String instance;
  private final Process host;

  /** Starts it and waits until it listens, on the socket that the node connects to. */
  HostDaemon() throws IOException, InterruptedException {
    Path socket = Path.of(System.getProperty("node.hostd.socket"));
    Path tree = Path.of(System.getProperty("mobidesk.native.tree")).toRealPath();
    dir = Files.createTempDirectory(socket.getParent(), "host");
    instance = "ear" + ProcessHandle.current().pid() % 1_000_000;
    TestNode.run("sh", "-c", TREE, "sh", dir.toString(), tree.toString(), TEMPLATE);
    Path config =
        Files.write(
            dir.resolve("hostd.conf"),
            List.of(
                "instance = " + instance,
                "role = both",
                "run_dir = " + socket.getParent(),
                "state_dir = " + dir.resolve("state"),
                "images_dir = " + dir.resolve("images"),
                "templates_dir = " + dir.resolve("templates"),
                "storage_dir = " + dir.resolve("storage"),
                "criu_tree = " + System.getProperty("mobidesk.criu.tree"),
                "keys_dir = " + dir.resolve("keys"),
                "storage_key = test",
                "network_key = " + dir.resolve("keys/network.key"),
                "gateway_interface = world",
                "disk_bytes = 256M"));
    Path log = dir.resolve("log");
    host =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--net",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                START,
                "host",
                tree.resolve("hostd/mobidesk-hostd").toString(),
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Await.until(
        "the host daemon to listen",
        () -> {
          if (!host.isAlive()) {
            throw new IllegalStateException("the host daemon ended: " + Files.readString(log));
          }
          return listens(socket);
        });
  }

  private static boolean listens(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends it, and with it its sessions. */
  void end() throws IOException, InterruptedException {
    host.descendants().forEach(ProcessHandle::destroyForcibly);
    host.waitFor();
    removeControlGroups();
  }

  private void removeControlGroups() throws IOException {
    try (Stream<Path> groups =
        Files.find(
            Path.of("/sys/fs/cgroup"),
            4,
            (p, a) -> a.isDirectory() && p.toString().contains(instance))) {
      for (Path group : groups.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Await.until(group + " to be empty", () -> group.toFile().delete() || !Files.exists(group));
      }
    }
  }
}
