package org.mobidesk.lab.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/**
 * One lab among several that may be up at once. Everything that belongs to it carries its name: the
 * directories below, the environment variable {@value #MARK} of its processes, the alias of its
 * link, the instances of its host daemons.
 *
 * @param name 1 to 12 of a-z, 0-9
 */
public record LabRun(String name) {
  /** In the environment of every process of a run. */
  public static final String MARK = "MOBIDESK_RUN";

  private static final Path RUNS = Path.of("/run/mobidesk-lab");
  private static final Path FILES = Path.of("/var/lib/mobidesk-lab");

  public LabRun {
    if (!name.matches("[a-z0-9]{1,12}")) {
      throw new LabException("`" + name + "` is no name for a run: 1 to 12 of a-z, 0-9");
    }
  }

  /** What lives as long as the machine is up: sockets, configuration, keys, logs. */
  public Path directory() {
    return RUNS.resolve(name);
  }

  /** What is large: session disks, databases, what is installed. */
  public Path files() {
    return FILES.resolve(name);
  }

  /** Session disks and stored images: each server sees it, as it would a network file system. */
  public Path storage() {
    return files().resolve("storage");
  }

  /** The same of one server, in a run whose servers do not share it. */
  public Path storage(String server) {
    return files().resolve("storage-" + server);
  }

  /** The programs that the hosts run, readable by everybody; a checkout may not be. */
  public Path installation() {
    return files().resolve("install");
  }

  public Path logs() {
    return directory().resolve("log");
  }

  static Path networks() {
    return RUNS.resolve(".networks");
  }

  /** The runs that left anything on this machine, up or not. */
  public static List<LabRun> all() {
    return Stream.of(RUNS, FILES)
        .flatMap(LabRun::names)
        .distinct()
        .sorted()
        .map(LabRun::new)
        .toList();
  }

  private static Stream<String> names(Path directory) {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all
          .map(p -> p.getFileName().toString())
          .filter(n -> n.matches("[a-z0-9]{1,12}"))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new LabException("cannot list " + directory, e);
    }
  }
}
