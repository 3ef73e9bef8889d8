package org.mobidesk.lab.setup;

import java.nio.file.Files;
import java.nio.file.Path;
import org.mobidesk.lab.LabException;

/**
 * The checkout that this program was built from, and the cache outside of it.
 *
 * @param root the directory with the {@code mobidesk} command
 * @param cache what is downloaded or built once
 */
public record Checkout(Path root, Path cache) {

  /**
   * As the {@code mobidesk} command says by its environment, else as it follows from the working
   * directory.
   */
  public static Checkout find() {
    String home = System.getenv("MOBIDESK_HOME");
    Path root = home != null ? Path.of(home) : above(Path.of("").toAbsolutePath());
    String cache = System.getenv("MOBIDESK_CACHE");
    return new Checkout(
        root, Path.of(cache != null && !cache.isEmpty() ? cache : "/var/cache/mobidesk"));
  }

  private static Path above(Path start) {
    for (Path p = start; p != null; p = p.getParent()) {
      if (Files.exists(p.resolve("native/include/mobidesk.h"))) {
        return p;
      }
    }
    throw new LabException(start + " is not inside of a MobiDesk checkout; set MOBIDESK_HOME");
  }

  /** Something that the build makes; it must be there. */
  public Path built(String path) {
    Path p = root.resolve(path);
    if (!Files.exists(p)) {
      throw new LabException(p + " is not there: build it with `mvn -DskipTests package`");
    }
    return p;
  }

  /** The recipes of templates that come with MobiDesk. */
  public Path recipes() {
    return root.resolve("templates");
  }

  public Path templates() {
    return cache.resolve("templates");
  }
}
