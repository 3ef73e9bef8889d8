package org.mobidesk.connector.adapter;

import jakarta.annotation.PreDestroy;
import jakarta.ejb.EJBException;
import jakarta.ejb.Singleton;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.mobidesk.connector.HostEvent;

/**
 * The real mobidesk-hostd, in directories and namespaces of this run: what it mounts and what it
 * does to the network goes with it. It ends with the deployment, and, should this server be killed,
 * by the end of its standard input.
 */
@Singleton
public class HostDaemon {

  /** Starts the daemon, says its pid, and ends it when standard input ends. */
  private static final String LEASH =
      "unshare --mount --net \"$1\" --config \"$2\" & echo $!; read -r _; kill $! 2>/dev/null; wait $!";

  private final Path dir = Path.of(System.getProperty("mobidesk.test.dir"));
  private Process leash;
  private ProcessHandle daemon;

  /** Starts it unless it runs, and waits until it listens. */
  public void start() {
    if (daemon != null && daemon.isAlive()) {
      return;
    }
    Path socket = Path.of(System.getProperty("mobidesk.hostd.socket"));
    try {
      Files.createDirectories(dir.resolve("run"));
      Files.deleteIfExists(socket);
      Path config = dir.resolve("hostd.conf");
      Files.write(
          config,
          List.of(
              "instance = adapter-test",
              "role = server",
              "run_dir = " + dir.resolve("run"),
              "state_dir = " + dir.resolve("state"),
              "templates_dir = " + dir.resolve("templates"),
              "storage_dir = " + dir.resolve("storage"),
              "images_dir = " + dir.resolve("images"),
              "keys_dir = " + dir.resolve("keys")));
      leash =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  LEASH,
                  "sh",
                  System.getProperty("mobidesk.test.hostd"),
                  config.toString())
              .redirectError(dir.resolve("hostd.log").toFile())
              .start();
      BufferedReader output = leash.inputReader();
      daemon = ProcessHandle.of(Long.parseLong(output.readLine())).orElseThrow();
      while (!listens(socket)) {
        if (!daemon.isAlive()) {
          throw new EJBException(
              "mobidesk-hostd ended: " + Files.readString(dir.resolve("hostd.log")));
        }
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new EJBException(e);
    }
  }

  /** The file of the socket is there before anybody listens to it. */
  private static boolean listens(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  /** Kills it, as a crash would. */
  public void kill() {
    daemon.destroyForcibly();
    end();
  }

  /** Adds to the events that the daemon remembers, while it is down. */
  public void remember(HostEvent event) {
    String line =
        "{\"sequence\":%d,\"time_ms\":%d,\"epoch\":%d,\"kind\":%d,\"exit_status\":%d,\"session\":\"%s\",\"message\":\"%s\"}"
            .formatted(
                event.sequence(),
                event.time().toEpochMilli(),
                event.epoch(),
                event.kind().number(),
                event.exitStatus(),
                event.session(),
                event.message());
    try {
      Files.createDirectories(dir.resolve("state"));
      Files.write(
          dir.resolve("state").resolve("events"),
          List.of(line),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new EJBException(e);
    }
  }

  @PreDestroy
  void end() {
    if (leash == null) {
      return;
    }
    try {
      leash.getOutputStream().close();
      leash.waitFor();
    } catch (IOException e) {
      throw new EJBException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    leash = null;
    daemon = null;
  }
}
