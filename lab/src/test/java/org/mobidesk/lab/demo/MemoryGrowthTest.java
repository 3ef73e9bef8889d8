package org.mobidesk.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.lab.node.NodeMemory;

class MemoryGrowthTest {
  private static MemoryGrowth growth(NodeMemory after) {
    NodeMemory before = new NodeMemory("proxy", 100_000_000, 500_000_000, 6_000_000);
    return new MemoryGrowth(4, List.of(before), 20, List.of(after));
  }

  @Test
  void whatVariesIsNoGrowth() {
    NodeMemory after = new NodeMemory("proxy", 110_000_000, 540_000_000, 6_500_000);
    assertEquals(List.of(), growth(after).excesses());
  }

  @Test
  void aLeakIsNamedWithItsNode() {
    NodeMemory after = new NodeMemory("proxy", 100_000_000, 500_000_000, 30_000_000);
    assertEquals(
        List.of("host daemon, resident of proxy grew from 6.0 to 30.0 MB"),
        growth(after).excesses());
  }

  @Test
  void figuresAreWritten(@TempDir Path directory) throws Exception {
    growth(new NodeMemory("proxy", 1, 2, 3)).write(directory);
    String json = Files.readString(directory.resolve("memory.json"));
    assertTrue(json.contains("proxy after 20 moves") && json.contains("heap"), json);
  }
}
