package org.mobidesk.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MoveReportTest {
  private static Move stoppedFor(long micros) {
    return new Move(
        "server1", "server2", 20, 1_000_000, 500_000, micros, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0);
  }

  private static String line(String table, String metric) {
    return table.lines().filter(l -> l.startsWith(metric)).findFirst().orElseThrow();
  }

  @Test
  void fewMovesHaveAColumnEach() {
    String table = new MoveReport(Collections.nCopies(2, stoppedFor(250_000))).table();
    assertTrue(table.startsWith("migration"), table);
    assertEquals(
        List.of("250.0", "250.0"),
        List.of(line(table, "applications stopped, ms").substring(24).strip().split("\\s+")));
  }

  @Test
  void manyMovesAreSummedUp() {
    List<Move> moves =
        LongStream.of(300_000, 100_000, 200_000, 900_000, 400_000)
            .mapToObj(MoveReportTest::stoppedFor)
            .toList();
    String table = new MoveReport(moves).table();
    assertTrue(table.startsWith("5 migrations"), table);
    assertEquals(
        List.of("100.0", "300.0", "900.0"),
        List.of(line(table, "applications stopped, ms").substring(24).strip().split("\\s+")));
  }

  @Test
  void resultsAreInTheFormatOfAllBenchmarks(@TempDir Path directory) throws Exception {
    new MoveReport(List.of(stoppedFor(250_000))).write(directory);
    String json = Files.readString(directory.resolve("demo.json"));
    assertTrue(json.contains("applications stopped") && json.contains("\"median\""), json);
  }
}
