package org.mobidesk.lab.setup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a template is made of: {@code NAME/recipe.properties} (docs/templates.md).
 *
 * @param base the recipe whose packages and files this one's are laid over
 * @param suite of Debian
 * @param packages besides those of the base
 * @param languages whose translations are kept, as the directories of {@code /usr/share/locale} are
 *     named; of a recipe without a base
 * @param parts the directories whose {@code setup} and {@code files} are used, in order, without
 *     those that the base has
 */
public record Recipe(
    String name,
    String description,
    Optional<Recipe> base,
    String suite,
    List<String> packages,
    List<String> languages,
    List<Path> parts) {

  /** Run inside of the tree when the packages are installed. */
  List<Path> setup() {
    return parts.stream().map(d -> d.resolve("setup")).filter(Files::exists).toList();
  }

  /** Every directory of files, the base's first; what comes later wins. */
  List<Path> files() {
    List<Path> all = new ArrayList<>();
    base.ifPresent(b -> all.addAll(b.files()));
    parts.stream().map(d -> d.resolve("files")).filter(Files::isDirectory).forEach(all::add);
    return List.copyOf(all);
  }

  /** This recipe and what it is based on, from the top. */
  List<Recipe> chain() {
    return Stream.concat(Stream.of(this), base.stream().flatMap(b -> b.chain().stream())).toList();
  }
}
