package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes the cache with which the packaged viewer starts sooner (JEP 483 and 514): the viewer is
 * used once, with a real driver and a terminal, and Java writes down what it has learnt. The build
 * runs it. Without it, where there is no X server to show windows on, say, the viewer works as
 * well.
 */
final class TrainingRun {
  private static final Path VIEWER = Path.of("target", "viewer");
  private static final Path CACHE = VIEWER.resolve("viewer.aot");

  private TrainingRun() {}

  public static void main(String[] args) throws IOException {
    if (isFresh()) {
      return;
    }
    Files.deleteIfExists(CACHE); // the launcher must not use it
    Path directory = Files.createTempDirectory("mobidesk-training");
    try {
      train(directory);
    } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
      System.err.println("the viewer will start without a cache: " + e);
      Files.deleteIfExists(CACHE);
    }
    try {
      remove(directory);
    } catch (IOException | UncheckedIOException e) {
      System.err.println("left behind: " + e.getMessage());
    }
  }

  /** Whether nothing that it was made of is newer. */
  private static boolean isFresh() throws IOException {
    if (!Files.exists(CACHE)) {
      return false;
    }
    try (Stream<Path> jars = Files.list(VIEWER.resolve("lib"))) {
      return jars.allMatch(j -> j.toFile().lastModified() < CACHE.toFile().lastModified());
    }
  }

  private static void train(Path directory) throws IOException, InterruptedException {
    List<String> java =
        List.of("-XX:AOTCacheOutput=" + CACHE.toAbsolutePath(), "-Xlog:aot=off", "-Xlog:cds=off");
    try (Lab lab = new Lab(directory);
        TestProxy proxy = lab.proxy();
        RealSession session = new RealSession(directory);
        ViewerProcess viewer = lab.viewerOn(proxy, java);
        Bridge _ = proxy.awaitBridge(session.socket())) {
      viewer.command("wait-connected 60000");
      Process xterm =
          session.start("xterm", "-geometry", "60x20+0+0", "-bg", "#102030", "-fg", "white");
      try {
        viewer.command("wait-pixel 20 200 102030 60000");
        viewer.command("click 100 100");
        viewer.command("type for i in $(seq 200); do echo $i $((i * i * 7919)); done\\n");
        viewer.command("type printf '\\\\033[41m\\\\033[2J'\\n");
        viewer.command("wait-pixel 20 200 cd0000 60000");
      } finally {
        Processes.end(xterm);
      }
      if (viewer.quit() != 0 || !Files.exists(CACHE)) {
        throw new IOException("Java has written none: " + viewer.output());
      }
    }
  }

  private static void remove(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
