package org.mobidesk.lab.setup;

import jakarta.json.Json;
import jakarta.json.stream.JsonGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;

/**
 * Makes template images: a Debian tree, the recipe's files and the session's native parts, packed
 * read-only.
 */
public final class TemplateImage {
  /** Changes when this class packs differently. */
  private static final String FORMAT = "2";

  /** From the checkout, to the image. */
  private static final Map<String, String> NATIVE_PARTS =
      Map.of(
          "native/target/meson/init/mobidesk-init", "usr/lib/mobidesk/init",
          "native/target/meson/display/mobidesk_drv.so",
              "usr/lib/xorg/modules/drivers/mobidesk_drv.so",
          "native/target/meson/display/mobideskinput_drv.so",
              "usr/lib/xorg/modules/input/mobideskinput_drv.so",
          "native/display/xorg.conf", "usr/lib/mobidesk/xorg.conf");

  /**
   * Run in a mount namespace of its own, so that nothing stays mounted whatever happens: lays the
   * directories $3... over the tree $1 without changing it, in the scratch directory $2, and packs
   * the result into $OUT.
   */
  private static final String PACK =
      """
      set -eu
      tree=$1 scratch=$2; shift 2
      mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
      mount -t overlay overlay -o "lowerdir=$tree,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
      for part; do cp -a --no-preserve=ownership,timestamps "$part/." "$scratch/root/"; done
      mkfs.erofs --quiet -zlz4 -C16384 -T0 -U "$UUID" "$OUT" "$scratch/root"
      """;

  private final Checkout checkout;
  private final Progress progress;

  public TemplateImage(Checkout checkout, Progress progress) {
    this.checkout = checkout;
    this.progress = progress;
  }

  /**
   * The image of template {@code name} as the checkout has it now; made unless it is in the cache.
   */
  public Template make(String name) {
    Recipe recipe = Recipe.read(checkout.root().resolve("templates"), name);
    Path tree = recipe.tree().make(checkout.cache(), progress);
    return CacheLock.holding(
        checkout.cache(),
        "template-" + name,
        () -> {
          try {
            return packed(recipe, tree);
          } catch (IOException e) {
            throw new LabException("cannot make the image of template " + name, e);
          }
        });
  }

  private Template packed(Recipe recipe, Path tree) throws IOException {
    Files.createDirectories(checkout.templates());
    Path scratch = checkout.cache().resolve("template-" + recipe.name() + ".part");
    remove(scratch);
    Files.createDirectory(scratch);
    try {
      Path nativeParts = copyNativeParts(scratch);
      List<Path> layers = new ArrayList<>(recipe.files());
      layers.add(nativeParts);
      String inputs = inputs(tree, layers);
      Optional<Template> there = find(recipe.name(), inputs);
      return there.isPresent() ? there.get() : pack(recipe, tree, layers, inputs, scratch);
    } finally {
      remove(scratch);
    }
  }

  /** Of this maker, or of one that was killed: there is one at a time. */
  private static void remove(Path scratch) {
    Command.of("rm", "-rf", "--one-file-system", scratch.toString()).attempt();
  }

  /** Lays out what of the native parts belongs into a session. */
  private Path copyNativeParts(Path scratch) throws IOException {
    Path to = Files.createDirectory(scratch.resolve("native"));
    for (var part : NATIVE_PARTS.entrySet()) {
      Path target = to.resolve(part.getValue());
      Files.createDirectories(target.getParent());
      Files.copy(checkout.built(part.getKey()), target, StandardCopyOption.COPY_ATTRIBUTES);
    }
    return to;
  }

  private static String inputs(Path tree, List<Path> layers) {
    Digest d =
        new Digest()
            .text("format", FORMAT)
            .text("tree", tree.getFileName().toString())
            .file("packages", tree.resolve("var/lib/dpkg/status"));
    layers.forEach(d::tree);
    return d.hex();
  }

  private Optional<Template> find(String name, String inputs) throws IOException {
    try (Stream<Path> all = Files.list(checkout.templates())) {
      return all.filter(p -> p.getFileName().toString().matches(name + "-[0-9a-f]+\\.json"))
          .sorted(Comparator.reverseOrder())
          .flatMap(json -> readable(json).stream())
          .filter(t -> t.inputs().equals(inputs) && Files.exists(t.image()))
          .findFirst();
    }
  }

  /** A description that cannot be read was written by another version: its image is not ours. */
  private Optional<Template> readable(Path json) {
    try {
      return Optional.of(Template.read(json));
    } catch (LabException e) {
      progress.say("left alone: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Template pack(Recipe recipe, Path tree, List<Path> layers, String inputs, Path scratch)
      throws IOException {
    progress.say("packing the image of template " + recipe.name());
    Path image = scratch.resolve("image");
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "OUT=" + image,
                "UUID=" + uuid(inputs),
                "unshare",
                "--mount",
                "sh",
                "-c",
                PACK,
                "pack"));
    words.add(tree.toString());
    words.add(scratch.toString());
    layers.forEach(p -> words.add(p.toString()));
    Command.of(words).run();

    String version = new Digest().file("image", image).hex().substring(0, Digest.SHORT);
    String id = recipe.name() + "-" + version;
    Path done = checkout.templates().resolve(id + ".erofs");
    Template t = new Template(id, recipe.name(), inputs, done, Files.size(image));
    Files.move(image, done, StandardCopyOption.ATOMIC_MOVE);
    writeDescription(t, recipe);
    progress.say("template " + id + " is ready: " + (t.bytes() >> 20) + " MB");
    return t;
  }

  /** The image's file system has the same UUID whenever it is made of the same things. */
  private static UUID uuid(String inputs) {
    return UUID.nameUUIDFromBytes(inputs.getBytes(StandardCharsets.US_ASCII));
  }

  private void writeDescription(Template t, Recipe recipe) throws IOException {
    Path json = checkout.templates().resolve(t.id() + ".json");
    Path part = checkout.templates().resolve(t.id() + ".json.part");
    try (var out = Files.newOutputStream(part);
        var writer =
            Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true))
                .createWriter(out)) {
      writer.writeObject(t.toJson(recipe.description(), recipe.suite()));
    }
    Files.move(part, json, StandardCopyOption.ATOMIC_MOVE);
  }
}
