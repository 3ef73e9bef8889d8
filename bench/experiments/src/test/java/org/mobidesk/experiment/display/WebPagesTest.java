package org.mobidesk.experiment.display;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebPagesTest {
  @Test
  void areTheSameEachTimeAndLeadInACircle(@TempDir Path directory) throws IOException {
    Path once = directory.resolve("once");
    Path again = directory.resolve("again");
    for (int number : new int[] {0, 1, WebPages.COUNT - 1}) {
      WebPages.write(once, number);
      WebPages.write(again, number);
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(once)) {
      files = all.toList();
    }
    assertTrue(files.size() > 2 * 3, "pages and pictures");
    for (Path file : files) {
      assertArrayEquals(
          Files.readAllBytes(file), Files.readAllBytes(again.resolve(file.getFileName())));
    }
    assertTrue(Files.readString(once.resolve("page53.html")).contains("href=\"page00.html\""));
  }
}
