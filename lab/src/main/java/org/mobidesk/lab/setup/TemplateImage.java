package org.mobidesk.lab.setup;

import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;

/**
 * Makes templates: a layer for the Debian packages of a recipe and of each recipe that it is based
 * on, and one for files and the session's native parts, so that a change of those is packed in a
 * moment, and templates share what they have in common.
 */
public final class TemplateImage {
  /** From the checkout, to the image. */
  private static final Map<String, String> NATIVE_PARTS =
      Map.of(
          "native/target/meson/init/mobidesk-init", "usr/lib/mobidesk/init",
          "native/target/meson/display/mobidesk_drv.so",
              "usr/lib/xorg/modules/drivers/mobidesk_drv.so",
          "native/target/meson/display/mobideskinput_drv.so",
              "usr/lib/xorg/modules/input/mobideskinput_drv.so",
          "native/display/xorg.conf", "usr/lib/mobidesk/xorg.conf");

  private final Checkout checkout;
  private final Progress progress;
  private final RecipeBook recipes;
  private final LayerStore layers;

  public TemplateImage(Checkout checkout, Progress progress) {
    this(checkout, progress, new RecipeBook(List.of(checkout.recipes())));
  }

  public TemplateImage(Checkout checkout, Progress progress, RecipeBook recipes) {
    this.checkout = checkout;
    this.progress = progress;
    this.recipes = recipes;
    this.layers = new LayerStore(checkout.templates(), progress);
  }

  /** The template {@code name} as its recipe is now; made unless it is in the cache. */
  public Template make(String name) {
    Recipe recipe = recipes.template(name);
    List<Path> images = new ArrayList<>();
    images.add(files(recipe));
    List<Recipe> chain = recipe.chain();
    List<Path> trees = new ArrayList<>();
    for (Recipe r : chain.reversed()) {
      trees.addFirst(tree(r, List.copyOf(trees)));
    }
    for (int i = 0; i < trees.size(); i++) {
      Path tree = trees.get(i);
      images.add(layers.image(chain.get(i).name(), tree.getFileName().toString(), tree));
    }
    try {
      Template made = describe(recipe, images);
      new TemplatePruning(checkout, progress).prune();
      return made;
    } catch (IOException e) {
      throw new LabException("cannot describe template " + name, e);
    }
  }

  /** The directory of what a recipe's packages add to {@code below}. */
  private Path tree(Recipe r, List<Path> below) {
    Path tree =
        below.isEmpty()
            ? new DebianTree("tree-" + r.name(), r.suite(), r.packages(), r.languages(), r.setup())
                .make(checkout.cache(), progress)
            : new DebianDelta("tree-" + r.name(), below, r.packages(), r.setup())
                .make(checkout.cache(), progress);
    try {
      return LayerStore.used(tree);
    } catch (IOException e) {
      throw new LabException("cannot use " + tree, e);
    }
  }

  /** The layer of the recipe's files and of what is built here. */
  private Path files(Recipe recipe) {
    try {
      Path scratch = Files.createTempDirectory(checkout.cache(), "files-");
      try {
        Path root = Files.createDirectory(scratch.resolve("root"));
        for (Path files : recipe.files()) {
          Command.of(
                  "cp", "-a", "--no-preserve=ownership,timestamps", files + "/.", root.toString())
              .run();
        }
        for (var part : NATIVE_PARTS.entrySet()) {
          Path target = root.resolve(part.getValue());
          Files.createDirectories(target.getParent());
          Files.copy(checkout.built(part.getKey()), target, StandardCopyOption.REPLACE_EXISTING);
          target.toFile().setExecutable(true, false);
        }
        // Directories of a layer have the last word about those below, so they are plain ones.
        Command.of("find", root.toString(), "-type", "d", "-exec", "chmod", "0755", "{}", "+")
            .run();
        return layers.image(recipe.name() + "-files", new Digest().tree(root).hex(), root);
      } finally {
        Command.of("rm", "-rf", "--one-file-system", scratch.toString()).run();
      }
    } catch (IOException e) {
      throw new LabException("cannot lay out the files of template " + recipe.name(), e);
    }
  }

  private Template describe(Recipe recipe, List<Path> images) throws IOException {
    Digest d = new Digest();
    images.forEach(p -> d.text("layer", LayerStore.nameOf(p)));
    String id = recipe.name() + "-" + d.hex().substring(0, Digest.SHORT);
    Path json = checkout.templates().resolve(id + ".json");
    Path part = checkout.templates().resolve(id + "." + ProcessHandle.current().pid() + ".part");
    try (var out = Files.newOutputStream(part);
        var writer =
            Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true))
                .createWriter(out)) {
      writer.writeObject(Template.describe(id, recipe, images));
    }
    Files.move(part, json, StandardCopyOption.ATOMIC_MOVE);
    return new Template(id, json, images);
  }
}
