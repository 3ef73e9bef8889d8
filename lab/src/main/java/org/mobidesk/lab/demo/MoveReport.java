package org.mobidesk.lab.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.DoubleStream;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.LabException;

/** The table of the migrations, for people and in the format of all benchmarks. */
public final class MoveReport {
  private static final int COLUMNS = 4;
  private static final double MICROS_PER_MILLI = 1000;
  private static final double BYTES_PER_MEGABYTE = 1e6;

  private record Metric(String name, String unit, double scale, ToLongFunction<Move> value) {}

  private static final List<Metric> METRICS =
      List.of(
          new Metric("processes", "", 1, Move::processes),
          new Metric("image", "MB", BYTES_PER_MEGABYTE, Move::imageBytes),
          new Metric("transferred", "MB", BYTES_PER_MEGABYTE, Move::transferBytes),
          millis("applications stopped", Move::stoppedUs),
          millis("freeze", Move::freezeUs),
          millis("dump", Move::dumpUs),
          millis("transfer", Move::transferUs),
          millis("restore", Move::restoreUs),
          millis("resume", Move::resumeUs),
          millis("packets held", Move::heldUs),
          millis("network blackout", Move::blackoutUs),
          millis("viewer's pause", Move::pauseUs),
          millis("whole migration", Move::wholeUs),
          new Metric("TCP resets", "", 1, Move::resets));

  private final List<Move> moves;

  public MoveReport(List<Move> moves) {
    this.moves = List.copyOf(moves);
  }

  private static Metric millis(String name, ToLongFunction<Move> value) {
    return new Metric(name, "ms", MICROS_PER_MILLI, value);
  }

  /**
   * A column for each migration, or, of many, the least, the middle and the largest of each figure.
   */
  public String table() {
    boolean many = moves.size() > COLUMNS;
    List<String> heads =
        many
            ? List.of("min", "median", "max")
            : moves.stream().map(m -> m.from() + " > " + m.to()).toList();
    StringBuilder out =
        new StringBuilder("%-24s".formatted(many ? moves.size() + " migrations" : "migration"));
    heads.forEach(h -> out.append("%20s".formatted(h)));
    out.append('\n');
    for (Metric metric : METRICS) {
      out.append(
          "%-24s"
              .formatted(metric.unit.isEmpty() ? metric.name : metric.name + ", " + metric.unit));
      double[] values = values(metric);
      (many ? extremes(values) : Arrays.stream(values))
          .forEach(v -> out.append("%20.1f".formatted(v)));
      out.append('\n');
    }
    return out.toString();
  }

  private static DoubleStream extremes(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return DoubleStream.of(sorted[0], sorted[(sorted.length - 1) / 2], sorted[sorted.length - 1]);
  }

  private double[] values(Metric metric) {
    return moves.stream().mapToDouble(m -> metric.value.applyAsLong(m) / metric.scale).toArray();
  }

  public void write(Path directory) {
    Results results = Results.of("demo");
    for (Metric metric : METRICS) {
      results =
          results.row(
              "xfce", metric.name, metric.unit.isEmpty() ? "count" : metric.unit, values(metric));
    }
    try {
      results.write(directory);
    } catch (IOException e) {
      throw new LabException("cannot write the results into " + directory, e);
    }
  }
}
