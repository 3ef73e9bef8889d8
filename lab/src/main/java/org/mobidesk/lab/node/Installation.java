package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.Template;

/**
 * What the hosts of a run execute, copied from the checkout as an installation would be: the host
 * daemon with its library and helpers, and the deployment.
 *
 * @param root the native parts are below it as they would be below {@code /}
 */
record Installation(Path root) {
  private static final String EAR = "ear/target/mobidesk.ear";

  static Installation make(Checkout checkout, LabRun run, List<Template> templates) {
    Path root = run.installation();
    try {
      Files.createDirectories(root);
      Command.of(
              "meson",
              "install",
              "--quiet",
              "--no-rebuild",
              "--destdir",
              root.toString(),
              "-C",
              checkout.built("native/target/meson").toString())
          .run();
      Files.copy(
          checkout.built(EAR), root.resolve("mobidesk.ear"), StandardCopyOption.REPLACE_EXISTING);
      Path images = Files.createDirectories(root.resolve("templates"));
      for (Template t : templates) {
        for (Path file : t.files()) {
          linkTo(file, images);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot install into " + root, e);
    }
    return new Installation(root);
  }

  Path hostDaemon() {
    return find("mobidesk-hostd");
  }

  Path library() {
    return find("libmobidesk.so");
  }

  /** Only the images that this run is to offer: the cache may have older ones. */
  Path templates() {
    return root.resolve("templates");
  }

  /** Templates share layers. */
  private static void linkTo(Path file, Path directory) throws IOException {
    Path link = directory.resolve(file.getFileName());
    if (!Files.isSymbolicLink(link)) {
      Files.createSymbolicLink(link, file);
    }
  }

  Path ear() {
    return root.resolve("mobidesk.ear");
  }

  private Path find(String name) {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(p -> p.getFileName().toString().equals(name))
          .findFirst()
          .orElseThrow(() -> new LabException("the native build installs no " + name));
    } catch (IOException e) {
      throw new LabException("cannot look through " + root, e);
    }
  }
}
