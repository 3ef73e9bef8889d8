package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/**
 * What a template is made of: {@code templates/NAME/recipe.properties} (see templates/README.md).
 *
 * @param parts the directories whose {@code setup} and {@code files} are used, in order
 */
record Recipe(
    String name, String description, String suite, List<String> packages, List<Path> parts) {

  static Recipe read(Path templates, String name) {
    Path file = templates.resolve(name).resolve("recipe.properties");
    if (!name.matches("[a-z][a-z0-9]*") || !Files.isRegularFile(file)) {
      throw new LabException("there is no template `" + name + "`: there is " + names(templates));
    }
    Properties p = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      p.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw new LabException("cannot read " + file, e);
    }
    List<Path> parts = words(file, p, "parts").stream().map(templates::resolve).toList();
    for (Path part : parts) {
      if (!Files.isDirectory(part)) {
        throw new LabException(
            file + ": part " + part.getFileName() + " is not a directory in " + templates);
      }
    }
    return new Recipe(
        name,
        value(file, p, "description"),
        value(file, p, "suite"),
        words(file, p, "packages"),
        parts);
  }

  private static String names(Path templates) {
    try (Stream<Path> all = Files.list(templates)) {
      return String.join(
          ", ",
          all.filter(d -> Files.exists(d.resolve("recipe.properties")))
              .map(d -> d.getFileName().toString())
              .sorted()
              .toList());
    } catch (IOException e) {
      throw new LabException("cannot list " + templates, e);
    }
  }

  private static String value(Path file, Properties p, String key) {
    String v = p.getProperty(key, "").strip();
    if (v.isEmpty()) {
      throw new LabException(file + ": `" + key + "` is missing");
    }
    return v;
  }

  private static List<String> words(Path file, Properties p, String key) {
    return List.of(value(file, p, key).split("\\s+"));
  }

  DebianTree tree() {
    List<Path> scripts = parts.stream().map(d -> d.resolve("setup")).filter(Files::exists).toList();
    return new DebianTree("tree-" + name, suite, packages, scripts);
  }

  List<Path> files() {
    return parts.stream().map(d -> d.resolve("files")).filter(Files::isDirectory).toList();
  }
}
