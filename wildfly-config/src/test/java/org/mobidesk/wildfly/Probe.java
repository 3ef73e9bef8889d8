package org.mobidesk.wildfly;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.mobidesk.wildfly.probe.ProbeServlet;

/** The deployment that uses what a node offers. */
final class Probe {

  private Probe() {}

  /** Packs the classes of its package. */
  static Path archive(Path dir) throws IOException, URISyntaxException {
    Path war = dir.resolve("probe.war");
    String name = ProbeServlet.class.getPackageName().replace('.', '/');
    Path classes =
        Path.of(ProbeServlet.class.getResource("ProbeServlet.class").toURI()).getParent();
    try (FileSystem archive = FileSystems.newFileSystem(war, Map.of("create", "true"));
        Stream<Path> files = Files.list(classes)) {
      Path to = Files.createDirectories(archive.getPath("WEB-INF", "classes", name));
      List<Path> all = files.toList();
      for (Path file : all) {
        Files.copy(file, to.resolve(file.getFileName().toString()));
      }
    }
    return war;
  }
}
