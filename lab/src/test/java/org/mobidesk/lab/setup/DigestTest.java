package org.mobidesk.lab.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DigestTest {
  @TempDir private Path directory;

  private String tree() {
    return new Digest().tree(directory).hex();
  }

  @Test
  void contentNameModeAndTargetAllCount() throws Exception {
    Path file = Files.writeString(directory.resolve("a"), "1");
    String first = tree();
    assertEquals(first, tree());

    Files.writeString(file, "2");
    String other = tree();
    assertNotEquals(first, other);

    Files.move(file, directory.resolve("b"));
    String renamed = tree();
    assertNotEquals(other, renamed);

    directory.resolve("b").toFile().setExecutable(true);
    String executable = tree();
    assertNotEquals(renamed, executable);

    Files.createSymbolicLink(directory.resolve("l"), Path.of("b"));
    assertNotEquals(executable, tree());
  }

  @Test
  void aTreesNameFollowsItsRecipe() throws Exception {
    Path setup = Files.writeString(directory.resolve("setup"), "true\n");
    DebianTree tree = new DebianTree("t", "trixie", List.of("a", "b"), List.of(), List.of(setup));
    String before = tree.hash();
    assertNotEquals(
        before, new DebianTree("t", "trixie", List.of("a"), List.of(), List.of(setup)).hash());
    assertNotEquals(
        before, new DebianTree("t", "sid", List.of("a", "b"), List.of(), List.of(setup)).hash());
    Files.writeString(setup, "false\n");
    assertNotEquals(before, tree.hash());
  }
}
