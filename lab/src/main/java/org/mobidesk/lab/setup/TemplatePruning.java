package org.mobidesk.lab.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabRun;

/**
 * Removes templates from the cache that nobody needs any more: each change of the native parts
 * makes new ones. What was used within {@link #SPARED} stays, which also covers a run that is about
 * to start; so does what an existing run has installed, whatever its age, and every layer of what
 * stays. A template that is removed and wanted again is made again.
 */
final class TemplatePruning {
  /** Far more than the time from a template's making to its installation in a run. */
  static final Duration SPARED = Duration.ofDays(1);

  private final Checkout checkout;
  private final Progress progress;
  private final Set<Path> installed;

  TemplatePruning(Checkout checkout, Progress progress) {
    this(checkout, progress, installedByRuns());
  }

  TemplatePruning(Checkout checkout, Progress progress, Set<Path> installed) {
    this.checkout = checkout;
    this.progress = progress;
    this.installed = installed;
  }

  void prune() {
    CacheLock.holding(
        checkout.cache(),
        "prune",
        () -> {
          try {
            remove();
          } catch (IOException | LabException e) {
            // Another time: nothing depends on it. A description that another version wrote may
            // not be readable, and then which layers it needs is not known.
            progress.say("old templates could not be removed: " + e.getMessage());
          }
          return null;
        });
  }

  private void remove() throws IOException {
    Instant limit = Instant.now().minus(SPARED);
    Set<Path> needed = new HashSet<>(installed);
    List<Path> old = new ArrayList<>();
    for (Path json : files(".json")) {
      if (isOld(json, limit) && !installed.contains(json)) {
        old.add(json);
      } else {
        needed.addAll(Template.read(json).files());
      }
    }
    for (Path image : files(".erofs")) {
      if (isOld(image, limit) && !needed.contains(image)) {
        old.add(image);
      }
    }
    // Descriptions first: one without its layers would be a broken template.
    for (Path p : old) {
      progress.say("removing " + p.getFileName() + ", which was not used for long");
      Files.deleteIfExists(p);
    }
  }

  private List<Path> files(String suffix) throws IOException {
    if (!Files.isDirectory(checkout.templates())) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(checkout.templates())) {
      return all.filter(p -> p.getFileName().toString().endsWith(suffix)).toList();
    }
  }

  private static boolean isOld(Path file, Instant limit) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(limit);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** What the runs on this machine have links to. */
  private static Set<Path> installedByRuns() {
    Set<Path> found = new HashSet<>();
    for (LabRun run : LabRun.all()) {
      try (Stream<Path> links = Files.list(run.installation().resolve("templates"))) {
        links.forEach(link -> found.add(target(link)));
      } catch (IOException e) {
        // It has none, or is being removed.
      }
    }
    return found;
  }

  private static Path target(Path link) {
    try {
      return Files.isSymbolicLink(link) ? Files.readSymbolicLink(link) : link;
    } catch (IOException e) {
      return link;
    }
  }
}
