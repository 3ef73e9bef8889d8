package org.mobidesk.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The results of one run. Immutable: {@link #row} returns results with one row more.
 *
 * @param name of the benchmark and of its files: small letters, digits and hyphens
 * @param date when it was run, to the second
 * @param machine what it was run on
 * @param rows in the order in which they are shown
 * @param failures what could not be measured
 * @param notes what a reader must know: how it was measured, what the figures do not show
 */
public record Results(
    String name,
    Instant date,
    Machine machine,
    List<Row> rows,
    List<Failure> failures,
    List<String> notes) {

  /**
   * A system that could not be measured.
   *
   * @param name the case, as in {@link Row}
   * @param system who
   * @param why in words
   */
  public record Failure(String name, String system, String why) {}

  /** Results in which all was measured. */
  public Results(String name, Instant date, Machine machine, List<Row> rows, List<String> notes) {
    this(name, date, machine, rows, List.of(), notes);
  }

  public Results {
    if (!name.matches("[a-z0-9][a-z0-9-]*")) {
      throw new IllegalArgumentException(
          "\"%s\" cannot name results: use small letters, digits and hyphens".formatted(name));
    }
    date = date.truncatedTo(ChronoUnit.SECONDS);
    rows = List.copyOf(rows);
    failures = List.copyOf(failures);
    notes = List.copyOf(notes);
  }

  /**
   * Begins the results of a run on this machine, now.
   *
   * @throws UncheckedIOException when the machine's description cannot be read from /proc and /etc
   */
  public static Results of(String name) {
    try {
      return new Results(name, Instant.now(), Machine.here(), List.of(), List.of());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot describe this machine: " + e.getMessage(), e);
    }
  }

  /** Adds what was measured of us alone. */
  public Results row(String name, String metric, String unit, double... samples) {
    return row(name, metric, unit, samples, Map.of());
  }

  /**
   * Adds what was measured of us and of peers.
   *
   * @param peers each peer's samples, taken in turn with ours: sample i of one is compared with
   *     sample i of the other
   */
  public Results row(
      String name, String metric, String unit, double[] ours, Map<String, double[]> peers) {
    return new Results(
        this.name,
        date,
        machine,
        Stream.concat(rows.stream(), Stream.of(Row.of(name, metric, unit, ours, peers))).toList(),
        failures,
        notes);
  }

  /** Adds that a system could not be measured in a case. */
  public Results failure(String name, String system, String why) {
    return new Results(
        this.name,
        date,
        machine,
        rows,
        Stream.concat(failures.stream(), Stream.of(new Failure(name, system, why))).toList(),
        notes);
  }

  /** Adds a sentence for the reader. */
  public Results note(String sentence) {
    return new Results(
        name,
        date,
        machine,
        rows,
        failures,
        Stream.concat(notes.stream(), Stream.of(sentence)).toList());
  }

  /** The results as a table in Markdown. */
  public String table() {
    return ResultsTable.write(this);
  }

  /**
   * Writes {@code NAME.json}, {@code NAME.md} and {@code NAME.svg} into {@code directory}, which is
   * made if missing.
   */
  public void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    replace(directory.resolve(name + ".json"), ResultsJson.write(this));
    replace(directory.resolve(name + ".md"), table());
    replace(directory.resolve(name + ".svg"), ResultsPlot.write(this));
  }

  private static void replace(Path file, String content) throws IOException {
    Path fresh = Files.createTempFile(file.getParent(), file.getFileName() + ".", ".part");
    try {
      Files.writeString(fresh, content);
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }
}
