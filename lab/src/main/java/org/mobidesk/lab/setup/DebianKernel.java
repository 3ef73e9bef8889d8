package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;

/**
 * A kernel of Debian's with its modules, in a tree of the cache.
 *
 * @param tree the root of the tree
 * @param release as {@code uname -r} has it
 */
public record DebianKernel(Path tree, String release) {

  /** The kernel of a suite: made unless it is in the cache. */
  public static DebianKernel make(Checkout checkout, Progress progress, String suite) {
    Path tree =
        new DebianTree("kernel-" + suite, suite, List.of("linux-image-amd64"), List.of(), List.of())
            .make(checkout.cache(), progress);
    try (Stream<Path> modules = Files.list(tree.resolve("usr/lib/modules"))) {
      return modules
          .map(m -> m.getFileName().toString())
          .filter(r -> Files.exists(tree.resolve("boot/vmlinuz-" + r)))
          .findFirst()
          .map(r -> new DebianKernel(tree, r))
          .orElseThrow(() -> new LabException(tree + " has no kernel: remove it"));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look into " + tree, e);
    }
  }

  public Path image() {
    return tree.resolve("boot/vmlinuz-" + release);
  }
}
