package org.mobidesk.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.Recipe;
import org.mobidesk.lab.setup.RecipeBook;
import org.mobidesk.lab.setup.Template;
import org.mobidesk.lab.setup.TemplateImage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./mobidesk template ...}. */
@Command(
    name = "template",
    description = "Session templates; see docs/templates.md.",
    mixinStandardHelpOptions = true)
final class TemplateCommand {
  private final Checkout checkout = Checkout.find();

  @Command(
      name = "build",
      description =
          "Builds a template, unless it is in the cache, and prints the names of its files.",
      mixinStandardHelpOptions = true)
  int build(
      @Parameters(paramLabel = "NAME", description = "minimal, xfce, kde, or one of your own")
          String name,
      @Option(
              names = "--recipes",
              paramLabel = "DIRECTORY",
              description = "recipes of your own, looked at before those of MobiDesk")
          Path own,
      @Option(
              names = "--to",
              paramLabel = "DIRECTORY",
              description =
                  "publish it there: what is missing is copied, the description last, so that a"
                      + " server never sees half a template")
          Path to)
      throws IOException {
    Template made = new TemplateImage(checkout, new Progress(System.err), recipes(own)).make(name);
    if (to != null) {
      publish(made, to);
    }
    made.files().forEach(p -> System.out.println(to == null ? p : to.resolve(p.getFileName())));
    return 0;
  }

  @Command(
      name = "check",
      description = "Checks a recipe without building it.",
      mixinStandardHelpOptions = true)
  int check(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--recipes", paramLabel = "DIRECTORY") Path own) {
    Recipe r = recipes(own).template(name);
    System.out.println(
        r.name()
            + ": "
            + r.description()
            + " ("
            + r.suite()
            + ", "
            + r.packages().size()
            + " packages"
            + r.base().map(b -> " over " + b.name()).orElse("")
            + ")");
    return 0;
  }

  @Command(name = "list", description = "Lists the recipes.", mixinStandardHelpOptions = true)
  int list(@Option(names = "--recipes", paramLabel = "DIRECTORY") Path own) {
    recipes(own).names().forEach(System.out::println);
    return 0;
  }

  private RecipeBook recipes(Path own) {
    List<Path> directories = new ArrayList<>();
    if (own != null) {
      if (!Files.isDirectory(own)) {
        throw new LabException(own + " is not a directory: recipes are in DIRECTORY/NAME");
      }
      directories.add(own.toAbsolutePath().normalize());
    }
    directories.add(checkout.recipes());
    return new RecipeBook(directories);
  }

  private static void publish(Template template, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path file : template.files()) {
      Path target = to.resolve(file.getFileName());
      if (!Files.exists(target)) {
        Path part = to.resolve(file.getFileName() + ".part");
        Files.copy(file, part, StandardCopyOption.REPLACE_EXISTING);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }
}
