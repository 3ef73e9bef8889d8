package org.mobidesk.connector.adapter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * A directory and ports for the WildFly of one run of tests, so that two runs side by side do not
 * meet.
 */
public final class TestNode implements LauncherSessionListener {

  private static final int MANAGEMENT_PORT = 9990;
  private static final List<Integer> PORTS = List.of(8080, 8443, MANAGEMENT_PORT, 3528);
  private static final int FIRST_OFFSET = 1_000;
  private static final int LAST_OFFSET = 20_000;

  private Path dir;

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (System.getProperty("wildfly.home") == null) {
      return;
    }
    try {
      // Short, for the path of a unix socket is at most 107 bytes.
      dir = Files.createTempDirectory("mobidesk-adapter-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int offset = freeOffset();
    System.setProperty("node.dir", dir.toString());
    System.setProperty("node.port.offset", Integer.toString(offset));
    System.setProperty("node.management.port", Integer.toString(MANAGEMENT_PORT + offset));
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (dir == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freeOffset() {
    int offset;
    do {
      offset = ThreadLocalRandom.current().nextInt(FIRST_OFFSET, LAST_OFFSET);
    } while (!free(offset));
    return offset;
  }

  private static boolean free(int offset) {
    for (int port : PORTS) {
      try (ServerSocket socket =
          new ServerSocket(port + offset, 1, InetAddress.getLoopbackAddress())) {
        socket.setReuseAddress(true);
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }
}
