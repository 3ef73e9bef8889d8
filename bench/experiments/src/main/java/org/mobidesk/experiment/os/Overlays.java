package org.mobidesk.experiment.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;

/**
 * Writable trees of a template on the machine's own file system, for what is compared with a
 * session. Removed with the run if this program is killed.
 */
final class Overlays implements AutoCloseable {
  private final Path base;
  private final List<Path> layers;
  private final List<Path> mounted = new ArrayList<>();

  /**
   * @param layers EROFS images, the topmost first
   */
  Overlays(LabRun run, List<Path> layers) {
    this.base = run.files().resolve("overlays");
    this.layers = List.copyOf(layers);
  }

  /** Mounts another one, with the files of the template and nothing else. */
  Path make(String name) {
    Path root = base.resolve(name).resolve("root");
    Path upper = base.resolve(name).resolve("upper");
    Path work = base.resolve(name).resolve("work");
    try {
      for (Path p : List.of(root, upper, work)) {
        Files.createDirectories(p);
      }
    } catch (IOException e) {
      throw new LabException("cannot make " + base.resolve(name), e);
    }
    if (mounted.isEmpty()) {
      mountLayers();
    }
    List<String> lower =
        IntStream.range(0, layers.size()).mapToObj(i -> layer(i).toString()).toList();
    mount(
        root,
        "-t",
        "overlay",
        "-o",
        "lowerdir=" + String.join(":", lower) + ",upperdir=" + upper + ",workdir=" + work,
        "overlay");
    return root;
  }

  private Path layer(int number) {
    return base.resolve("layer" + number);
  }

  private void mountLayers() {
    for (int i = 0; i < layers.size(); i++) {
      try {
        Files.createDirectories(layer(i));
      } catch (IOException e) {
        throw new LabException("cannot make " + layer(i), e);
      }
      mount(layer(i), "-o", "loop,ro", layers.get(i).toString());
    }
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
