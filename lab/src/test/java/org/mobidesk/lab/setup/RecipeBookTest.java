package org.mobidesk.lab.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

class RecipeBookTest {
  @TempDir private Path own;
  @TempDir private Path shipped;
  private RecipeBook book;

  @BeforeEach
  void write() throws IOException {
    recipe(
        shipped,
        "base",
        "description = All",
        "suite = trixie",
        "packages = x11-utils",
        "parts = base");
    Files.writeString(shipped.resolve("base/setup"), "true\n");
    desk(own, "desk");
    recipe(
        own, "desk", "description = A desk", "base = base", "packages = openbox", "parts = desk");
    book = new RecipeBook(List.of(own, shipped));
  }

  private static void recipe(Path directory, String name, String... lines) throws IOException {
    Path d = Files.createDirectories(directory.resolve(name));
    Files.write(d.resolve("recipe.properties"), List.of(lines));
  }

  private static void desk(Path directory, String part) throws IOException {
    Path desktop = directory.resolve(part).resolve("files/usr/lib/mobidesk/desktop");
    Files.createDirectories(desktop.getParent());
    Files.writeString(desktop, "#!/bin/sh\n").toFile().setExecutable(true);
  }

  private String refusal(String name) {
    return assertThrows(LabException.class, () -> book.template(name)).getMessage();
  }

  @Test
  void aRecipeLiesOverItsBase() {
    Recipe r = book.template("desk");
    assertEquals(List.of("desk", "base"), r.chain().stream().map(Recipe::name).toList());
    assertEquals("trixie", r.suite());
    assertEquals(List.of(own.resolve("desk/files")), r.files());
    assertEquals(List.of(shipped.resolve("base/setup")), r.base().orElseThrow().setup());
    assertEquals(List.of(), r.setup());
  }

  @Test
  void anAdministratorsRecipeGoesBeforeTheShippedOne() throws Exception {
    desk(shipped, "desk");
    recipe(shipped, "desk", "description = Another", "base = base", "parts = desk");
    assertEquals("A desk", book.template("desk").description());
    assertEquals(List.of("base", "desk"), book.names());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "description = D;base = base;parts = desk;colour = red|`colour` is no key of a recipe",
        "base = base;parts = desk|`description` is missing: say in a few words",
        "description = D;packages = x;parts = desk|`suite` is missing: name a suite of Debian",
        "description = D;suite = trixie;parts = desk|`packages` is missing: name the Debian packages",
        "description = D;base = base;packages = Xfce!;parts = desk|`Xfce!` is not the name of a Debian",
        "description = D;base = base;packages = vim vim;parts = desk|`vim` is there twice: remove one",
        "description = D;base = base;suite = sid;parts = desk|both must be of one suite: leave it out",
        "description = D;base = nothing;parts = desk|there is no such recipe: there is",
        "description = D;base = base;parts = desk gone|part `gone`: there is no such directory",
        "description = D;base = base;parts = desk empty|has neither files/ nor setup: make one",
        "description = D;base = base;languages = de;parts = desk|belongs into the recipe at the base, `base`",
        "description = D;base = base;parts = base|none of its parts has files/usr/lib/mobidesk/desktop",
      })
  void mistakesAreToldWithTheFileAndTheWayOut(String lines, String expected) throws Exception {
    Files.createDirectories(own.resolve("empty"));
    recipe(own, "wrong", lines.split(";"));
    String said = refusal("wrong");
    assertTrue(said.contains(expected), said);
    assertTrue(said.contains("wrong"), said);
  }

  @Test
  void allMistakesAreToldAtOnce() throws Exception {
    recipe(own, "wrong", "packages = A B", "parts = gone");
    String said = refusal("wrong");
    assertEquals(5, said.lines().filter(l -> l.startsWith("  - ")).count(), said);
  }

  @Test
  void basesThatLeadBackAreRefused() throws Exception {
    recipe(own, "one", "description = D", "base = two", "parts = desk");
    recipe(own, "two", "description = D", "base = one", "parts = desk");
    assertTrue(refusal("one").contains("one > two > one"), refusal("one"));
  }

  @Test
  void specialFilesAndDesktopsThatCannotRunAreRefused() throws Exception {
    Path pipe = own.resolve("desk/files/pipe");
    Command.of("mkfifo", pipe.toString()).run();
    assertTrue(refusal("desk").contains(pipe + " is a special file"));
    Files.delete(pipe);
    own.resolve("desk/files/usr/lib/mobidesk/desktop").toFile().setExecutable(false);
    assertTrue(refusal("desk").contains("chmod +x"));
  }

  @Test
  void namesAreChecked() {
    assertTrue(refusal("../desk").contains("is no name for a template"));
    assertTrue(refusal("nosuch").contains("there is base, desk"));
  }

  /** Those that come with MobiDesk. */
  @ParameterizedTest
  @CsvSource({"minimal", "xfce", "kde"})
  void shippedRecipesAreRight(String name) {
    Recipe r = new RecipeBook(List.of(Checkout.find().recipes())).template(name);
    assertEquals("applications", r.base().orElseThrow().name());
  }
}
