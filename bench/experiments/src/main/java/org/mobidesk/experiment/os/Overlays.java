package org.mobidesk.experiment.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;

/**
 * Writable trees of a template on the machine's own file system, for what is compared with a
 * session. Removed with the run if this program is killed.
 */
final class Overlays implements AutoCloseable {
  private final Path base;
  private final Path image;
  private final List<Path> mounted = new ArrayList<>();

  /**
   * @param image EROFS
   */
  Overlays(LabRun run, Path image) {
    this.base = run.files().resolve("overlays");
    this.image = image;
  }

  /** Mounts another one, with the files of the template and nothing else. */
  Path make(String name) {
    Path template = base.resolve("template");
    Path root = base.resolve(name).resolve("root");
    Path upper = base.resolve(name).resolve("upper");
    Path work = base.resolve(name).resolve("work");
    try {
      for (Path p : List.of(template, root, upper, work)) {
        Files.createDirectories(p);
      }
    } catch (IOException e) {
      throw new LabException("cannot make " + base.resolve(name), e);
    }
    if (mounted.isEmpty()) {
      mount(template, "-o", "loop,ro", image.toString());
    }
    mount(
        root,
        "-t",
        "overlay",
        "-o",
        "lowerdir=" + template + ",upperdir=" + upper + ",workdir=" + work,
        "overlay");
    return root;
  }

  /** One with /proc, /dev and shared memory, for chroot. */
  Path makeComplete(String name) {
    Path root = make(name);
    mount(root.resolve("proc"), "-t", "proc", "proc");
    mount(root.resolve("dev"), "--bind", "/dev");
    mount(root.resolve("dev/shm"), "-t", "tmpfs", "tmpfs");
    return root;
  }

  private void mount(Path point, String... words) {
    Command.of("mount").with(List.of(words)).with(List.of(point.toString())).run();
    mounted.add(point);
  }

  @Override
  public void close() {
    for (Path point : mounted.reversed()) {
      Command.of("umount", "--lazy", point.toString()).attempt();
    }
  }
}
