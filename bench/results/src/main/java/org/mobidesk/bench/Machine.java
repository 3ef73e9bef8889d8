package org.mobidesk.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the figures were measured on, in so far as it explains them. Nothing in it identifies the
 * machine.
 *
 * @param cpu model name of the first processor
 * @param cores logical processors that this process may use
 * @param memoryBytes main memory
 * @param kernel release of the running kernel
 * @param os name and version of the distribution
 */
public record Machine(String cpu, int cores, long memoryBytes, String kernel, String os) {

  private static final String UNKNOWN = "unknown";

  /** Describes the machine that this runs on. */
  public static Machine here() throws IOException {
    return of(Path.of("/"));
  }

  /** Describes a machine by its {@code /proc} and {@code /etc} below {@code root}. */
  static Machine of(Path root) throws IOException {
    return new Machine(
        value(root.resolve("proc/cpuinfo"), "model name", ":"),
        Runtime.getRuntime().availableProcessors(),
        kibibytes(value(root.resolve("proc/meminfo"), "MemTotal", ":")),
        Files.readString(root.resolve("proc/sys/kernel/osrelease")).strip(),
        value(root.resolve("etc/os-release"), "PRETTY_NAME", "=").replace("\"", ""));
  }

  private static String value(Path file, String key, String separator) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(line -> line.split(separator, 2))
          .filter(parts -> parts.length == 2 && parts[0].strip().equals(key))
          .map(parts -> parts[1].strip())
          .findFirst()
          .orElse(UNKNOWN);
    }
  }

  private static long kibibytes(String value) throws IOException {
    if (!value.matches("\\d+ kB")) {
      throw new IOException("MemTotal of /proc/meminfo is not in kB but \"" + value + "\"");
    }
    return Long.parseLong(value.substring(0, value.indexOf(' '))) * 1024;
  }
}
