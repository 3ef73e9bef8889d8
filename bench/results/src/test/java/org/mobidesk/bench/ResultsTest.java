package org.mobidesk.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class ResultsTest {

  private static final Machine MACHINE =
      new Machine("Example CPU", 2, 25769803776L, "6.1.0", "Debian GNU/Linux 12 (bookworm)");

  private static final Results RESULTS =
      new Results("demo", Instant.parse("2026-01-02T03:04:05.678Z"), MACHINE, List.of(), List.of())
          .row("xfce", "stopped", "ms", 600, 700, 650.5)
          .row(
              "xfce <16>",
              "update",
              "ms",
              new double[] {10, 20},
              new TreeMap<>(
                  Map.of("other", new double[] {20, 80}, "third|one", new double[] {10, 10})))
          .note("Measured on a model.");

  @Test
  void json() {
    assertEquals(
        """
        {
          "name": "demo",
          "date": "2026-01-02T03:04:05Z",
          "machine": {
            "cpu": "Example CPU",
            "cores": 2,
            "memoryBytes": 25769803776,
            "kernel": "6.1.0",
            "os": "Debian GNU/Linux 12 (bookworm)"
          },
          "rows": [
            {
              "case": "xfce",
              "metric": "stopped",
              "unit": "ms",
              "ours": {
                "n": 3,
                "min": 600,
                "median": 650.5,
                "p95": 700,
                "max": 700
              },
              "peers": {
              },
              "ratio": {
              }
            },
            {
              "case": "xfce <16>",
              "metric": "update",
              "unit": "ms",
              "ours": {
                "n": 2,
                "min": 10,
                "median": 15,
                "p95": 20,
                "max": 20
              },
              "peers": {
                "other": {
                  "n": 2,
                  "min": 20,
                  "median": 50,
                  "p95": 80,
                  "max": 80
                },
                "third|one": {
                  "n": 2,
                  "min": 10,
                  "median": 10,
                  "p95": 10,
                  "max": 10
                }
              },
              "ratio": {
                "other": 0.375,
                "third|one": 1.5
              }
            }
          ],
          "notes": [
            "Measured on a model."
          ]
        }
        """,
        ResultsJson.write(RESULTS).replaceAll(": +", ": ").indent(0).replace("    ", "  "));
  }

  @Test
  void table() {
    assertEquals(
        """
        # demo

        Measured at 2026-01-02T03:04:05Z on 2 cores of Example CPU, 24 GiB of memory, Linux 6.1.0, Debian GNU/Linux 12 \
        (bookworm).
        Percentiles are nearest-rank; a ratio is the median of the paired ratios ours / peer.

        | case | metric | unit | n | min | median | p95 | max | other | ratio to other | third\\|one | ratio to third\\|one |
        | --- | --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
        | xfce | stopped | ms | 3 | 600 | 651 | 700 | 700 |  |  |  |  |
        | xfce <16> | update | ms | 2 | 10 | 15 | 20 | 20 | 50 | 0.375 | 10 | 1.5 |

        - Measured on a model.
        """,
        ResultsTable.write(RESULTS));
  }

  @Test
  void plotHasABarForEachSeriesToOneScale() throws Exception {
    Document svg = parse(ResultsPlot.write(RESULTS));
    // 700 ms is the longest and 480 units wide; the first rectangle is the ground, three are the
    // legend.
    assertEquals(
        List.of("446.1", "10.3", "34.3", "6.9"),
        elements(svg, "rect").skip(4).map(bar -> bar.getAttribute("width")).toList());
    assertEquals(
        List.of("xfce, stopped", "651", "xfce <16>, update", "15", "50", "10"),
        elements(svg, "text").map(Element::getTextContent).skip(6).toList());
  }

  @Test
  void unitsHavePanelsOfTheirOwn() throws Exception {
    Document svg =
        parse(
            ResultsPlot.write(
                new Results("demo", Instant.EPOCH, MACHINE, List.of(), List.of())
                    .row("a", "time", "ms", 10)
                    .row("a", "size", "MB", 2000)
                    .row("b", "time", "ms", 5)
                    .row("b", "loss", "packets", 0)));
    assertEquals(
        List.of("480.0", "240.0", "480.0", "0.0"),
        elements(svg, "rect").skip(1).map(bar -> bar.getAttribute("width")).toList());
  }

  @Test
  void writesThreeFilesAndNothingElse(@TempDir Path directory) throws IOException {
    Path results = directory.resolve("docs/results");
    RESULTS.write(results);
    RESULTS.write(results);
    try (Stream<Path> files = Files.list(results)) {
      assertEquals(
          new TreeSet<>(List.of("demo.json", "demo.md", "demo.svg")),
          new TreeSet<>(files.map(file -> file.getFileName().toString()).toList()));
    }
    assertEquals(ResultsTable.write(RESULTS), Files.readString(results.resolve("demo.md")));
  }

  @Test
  void whatCouldNotBeMeasuredIsSaid() {
    Results results =
        RESULTS
            .row("film", "on time", "%", new double[] {100}, Map.of("slow", new double[] {0}))
            .failure("film", "broken", "it did not start");
    String table = ResultsTable.write(results);
    assertTrue(table.contains("| film | broken | it did not start |"), table);
    assertTrue(ResultsJson.write(results).contains("\"why\": \"it did not start\""));
    Row film = results.rows().getLast();
    assertEquals(0, film.peers().get("slow").median());
    assertTrue(film.ratio().isEmpty(), "there is no ratio to nothing");
  }

  @Test
  void beginsNow() {
    Duration age = Duration.between(Results.of("demo").date(), Instant.now());
    assertTrue(age.compareTo(Duration.ofMinutes(1)) < 0 && !age.isNegative(), age::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../demo", "Demo", "a b", "-"})
  void aNameThatCannotNameAFileIsRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> Results.of(name));
  }

  @Test
  void aRowWithoutAUnitIsRefused() {
    var failure =
        assertThrows(IllegalArgumentException.class, () -> RESULTS.row("xfce", "stopped", " ", 1));
    assertEquals("a row has no unit", failure.getMessage());
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static Stream<Element> elements(Document document, String tag) {
    var nodes = document.getElementsByTagName(tag);
    return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
        .map(i -> (Element) nodes.item(i));
  }
}
