package org.mobidesk.experiment.display;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.mobidesk.experiment.display.Scenario.Metric;
import org.mobidesk.lab.LabException;

/**
 * What a run has measured, a file for each case that was done to its end, so that a run that was
 * interrupted can go on.
 */
final class Journal {
  private final Path directory;
  private final String settings;

  /**
   * What one case gave.
   *
   * @param samples of each system by what was measured
   * @param failures why a system is left out, by its name
   * @param lateMicros how late the line's packets were at the 99th percentile; 0 without a line
   */
  record Measured(
      Map<String, Map<Metric, double[]>> samples, Map<String, String> failures, int lateMicros) {}

  /**
   * Opens it.
   *
   * @param settings what all cases of a run have in common; others' are not taken
   * @param goOn whether what is there is kept
   */
  Journal(Path directory, String settings, boolean goOn) {
    this.directory = directory;
    this.settings = settings;
    try {
      Files.createDirectories(directory);
      if (!goOn) {
        try (Stream<Path> files = Files.list(directory)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot keep what is measured in " + directory, e);
    }
  }

  /** What a case gave; empty when it was not done with these settings. */
  Optional<Measured> read(String title) {
    Path file = file(title);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (Reader reader = Files.newBufferedReader(file);
        var json = Json.createReader(reader)) {
      JsonObject all = json.readObject();
      if (!all.getString("settings").equals(settings)) {
        return Optional.empty();
      }
      Map<String, Map<Metric, double[]>> samples = new LinkedHashMap<>();
      all.getJsonObject("samples")
          .forEach((system, metrics) -> samples.put(system, metrics(metrics.asJsonObject())));
      Map<String, String> failures = new LinkedHashMap<>();
      JsonObject failed = all.getJsonObject("failures");
      failed.keySet().forEach(system -> failures.put(system, failed.getString(system)));
      return Optional.of(new Measured(samples, failures, all.getInt("lateMicros")));
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }

  private static Map<Metric, double[]> metrics(JsonObject json) {
    Map<Metric, double[]> metrics = new LinkedHashMap<>();
    json.forEach(
        (name, value) -> {
          JsonObject one = value.asJsonObject();
          metrics.put(
              new Metric(name, one.getString("unit")),
              one.getJsonArray("values").getValuesAs(JsonNumber.class).stream()
                  .mapToDouble(JsonNumber::doubleValue)
                  .toArray());
        });
    return metrics;
  }

  /** Keeps what a case gave. */
  void write(String title, Measured measured) {
    JsonObjectBuilder samples = Json.createObjectBuilder();
    measured.samples().forEach((system, metrics) -> samples.add(system, json(metrics)));
    JsonObjectBuilder failures = Json.createObjectBuilder();
    measured.failures().forEach(failures::add);
    JsonObject all =
        Json.createObjectBuilder()
            .add("settings", settings)
            .add("samples", samples)
            .add("failures", failures)
            .add("lateMicros", measured.lateMicros())
            .build();
    Path file = file(title);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      try (Writer writer = Files.newBufferedWriter(part);
          var json = Json.createWriter(writer)) {
        json.write(all);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }

  private static JsonObjectBuilder json(Map<Metric, double[]> metrics) {
    JsonObjectBuilder json = Json.createObjectBuilder();
    metrics.forEach(
        (metric, samples) -> {
          JsonArrayBuilder values = Json.createArrayBuilder();
          for (double value : samples) {
            values.add(value);
          }
          json.add(
              metric.name(),
              Json.createObjectBuilder().add("unit", metric.unit()).add("values", values));
        });
    return json;
  }

  private Path file(String title) {
    return directory.resolve(title.replaceAll("[^A-Za-z0-9-]+", "_") + ".json");
  }
}
