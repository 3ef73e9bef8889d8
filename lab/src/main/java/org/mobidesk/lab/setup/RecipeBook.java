package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/**
 * The recipes of some directories: an administrator's before those of the checkout. Reading one
 * finds all of its mistakes at once, and says of each what and where it is and what to do.
 */
public final class RecipeBook {
  private static final Set<String> KEYS =
      Set.of("description", "suite", "base", "packages", "languages", "parts");

  /** The program that is the desktop: the display's init starts it as the session's user. */
  private static final String DESKTOP = "usr/lib/mobidesk/desktop";

  private final List<Path> directories;

  /**
   * @param directories in which {@code NAME/recipe.properties} and parts are looked for, in order
   */
  public RecipeBook(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /** The names of all recipes, sorted. */
  public List<String> names() {
    Set<String> names = new TreeSet<>();
    for (Path directory : directories) {
      try (Stream<Path> all = Files.list(directory)) {
        all.filter(d -> Files.exists(d.resolve("recipe.properties")))
            .forEach(d -> names.add(d.getFileName().toString()));
      } catch (IOException e) {
        throw new LabException("cannot list the recipes in " + directory, e);
      }
    }
    return List.copyOf(names);
  }

  /** The recipe of a template, which has a desktop. */
  public Recipe template(String name) {
    Recipe recipe = read(name, new LinkedHashSet<>());
    List<Path> desktops =
        recipe.files().stream().map(d -> d.resolve(DESKTOP)).filter(Files::exists).toList();
    if (desktops.isEmpty()) {
      throw new LabException(
          "recipe `"
              + name
              + "`: none of its parts has files/"
              + DESKTOP
              + ", the program that is the desktop: write one in "
              + directory(name).resolve("files").resolve(DESKTOP)
              + ", name the part in `parts`, or make another recipe that has this one as its"
              + " `base`");
    }
    if (!Files.isExecutable(desktops.getLast())) {
      throw new LabException(
          desktops.getLast() + " cannot be executed: chmod +x " + desktops.getLast());
    }
    return recipe;
  }

  private Path directory(String name) {
    return find(name)
        .filter(d -> Files.isRegularFile(d.resolve("recipe.properties")))
        .orElseThrow(
            () ->
                new LabException(
                    "there is no recipe `"
                        + name
                        + "` in "
                        + directories
                        + ": there is "
                        + String.join(", ", names())));
  }

  private Optional<Path> find(String name) {
    return directories.stream().map(d -> d.resolve(name)).filter(Files::isDirectory).findFirst();
  }

  private Recipe read(String name, Set<String> above) {
    if (!name.matches("[a-z][a-z0-9]*")) {
      throw new LabException(
          "`" + name + "` is no name for a template: use a-z and 0-9, a letter first");
    }
    Path file = directory(name).resolve("recipe.properties");
    if (!above.add(name)) {
      throw new LabException(
          file + ": its bases lead back to itself: " + String.join(" > ", above) + " > " + name);
    }
    return new Reading(file, load(file)).recipe(name, above);
  }

  private static Properties load(Path file) {
    Properties p = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      p.load(in);
      return p;
    } catch (IOException | IllegalArgumentException e) {
      throw new LabException(
          file + " cannot be read: it is a file of `key = value` lines in UTF-8", e);
    }
  }

  /** One file, and what is wrong with it. */
  private final class Reading {
    private final Path file;
    private final Properties properties;
    private final List<String> mistakes = new ArrayList<>();

    Reading(Path file, Properties properties) {
      this.file = file;
      this.properties = properties;
    }

    Recipe recipe(String name, Set<String> above) {
      properties.stringPropertyNames().stream()
          .filter(key -> !KEYS.contains(key))
          .sorted()
          .forEach(
              key ->
                  mistakes.add(
                      "`" + key + "` is no key of a recipe: those are " + new TreeSet<>(KEYS)));
      Optional<Recipe> base = base(above);
      String suite = suite(base);
      List<String> packages =
          words("packages", "[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?", "the name of a Debian package");
      if (value("packages").isEmpty() && base.isEmpty()) {
        mistakes.add("`packages` is missing: name the Debian packages that the template needs");
      }
      List<String> languages =
          words("languages", "[a-z]{2,3}([_@][A-Za-z@]+)?", "a language, such as de or pt_BR");
      if (base.isPresent() && !languages.isEmpty()) {
        mistakes.add("`languages` belongs into the recipe at the base, `" + last(base) + "`");
      }
      List<Path> parts = parts();
      String description = required("description", "say in a few words what it is");
      if (!mistakes.isEmpty()) {
        throw new LabException(file + ":\n  - " + String.join("\n  - ", mistakes));
      }
      return new Recipe(name, description, base, suite, packages, languages, parts);
    }

    private static String last(Optional<Recipe> base) {
      return base.orElseThrow().chain().getLast().name();
    }

    private Optional<Recipe> base(Set<String> above) {
      String name = value("base");
      if (name.isEmpty()) {
        return Optional.empty();
      }
      if (find(name).isEmpty()) {
        mistakes.add(
            "`base = "
                + name
                + "`: there is no such recipe: there is "
                + String.join(", ", names()));
        return Optional.empty();
      }
      return Optional.of(read(name, above));
    }

    private String suite(Optional<Recipe> base) {
      String suite = value("suite");
      if (base.isEmpty()) {
        if (!suite.matches("[a-z][a-z0-9-]*")
            && mistakes.stream().noneMatch(m -> m.startsWith("`base"))) {
          mistakes.add("`suite` is missing: name a suite of Debian, such as trixie");
        }
        return suite;
      }
      if (!suite.isEmpty() && !suite.equals(base.get().suite())) {
        mistakes.add(
            "`suite = "
                + suite
                + "`: its base is of "
                + base.get().suite()
                + ", and both must be of one suite: leave it out");
      }
      return base.get().suite();
    }

    private List<Path> parts() {
      List<Path> found = new ArrayList<>();
      for (String name : words("parts", "[A-Za-z0-9_.-]+", "the name of a directory")) {
        Optional<Path> part = find(name);
        if (part.isEmpty()) {
          mistakes.add(
              "part `" + name + "`: there is no such directory in " + directories + ": make it");
          continue;
        }
        check(part.get());
        found.add(part.get());
      }
      return List.copyOf(found);
    }

    private void check(Path part) {
      Path files = part.resolve("files");
      if (!Files.isDirectory(files) && !Files.isRegularFile(part.resolve("setup"))) {
        mistakes.add("part " + part + " has neither files/ nor setup: make one of them");
      }
      if (!Files.isDirectory(files)) {
        return;
      }
      try (Stream<Path> all = Files.walk(files)) {
        all.filter(
                p ->
                    !Files.isDirectory(p, LinkOption.NOFOLLOW_LINKS)
                        && !Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS)
                        && !Files.isSymbolicLink(p))
            .forEach(
                p ->
                    mistakes.add(p + " is a special file: only plain files and links can be laid"));
      } catch (IOException e) {
        throw new LabException("cannot look through " + files, e);
      }
    }

    private String value(String key) {
      return properties.getProperty(key, "").strip();
    }

    private String required(String key, String advice) {
      String v = value(key);
      if (v.isEmpty()) {
        mistakes.add("`" + key + "` is missing: " + advice);
      }
      return v;
    }

    private List<String> words(String key, String pattern, String meaning) {
      List<String> words = new ArrayList<>();
      for (String word : value(key).split("\\s+")) {
        if (word.isEmpty()) {
          continue;
        }
        if (!word.matches(pattern)) {
          mistakes.add("`" + key + "`: `" + word + "` is not " + meaning);
        } else if (words.contains(word)) {
          mistakes.add("`" + key + "`: `" + word + "` is there twice: remove one");
        } else {
          words.add(word);
        }
      }
      return List.copyOf(words);
    }
  }
}
