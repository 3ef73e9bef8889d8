package org.mobidesk.bench;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.stream.JsonGenerator;
import java.io.StringWriter;
import java.util.Map;

/**
 * Results for programs: one JSON object, indented, so that a change of it reads well in version
 * control.
 */
final class ResultsJson {

  private ResultsJson() {}

  static String write(Results results) {
    JsonArrayBuilder rows = Json.createArrayBuilder();
    results.rows().forEach(row -> rows.add(row(row)));
    JsonArrayBuilder failures = Json.createArrayBuilder();
    results
        .failures()
        .forEach(
            f ->
                failures.add(
                    Json.createObjectBuilder()
                        .add("case", f.name())
                        .add("system", f.system())
                        .add("why", f.why())));
    StringWriter text = new StringWriter();
    try (var writer =
        Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true)).createWriter(text)) {
      JsonObjectBuilder all =
          Json.createObjectBuilder()
              .add("name", results.name())
              .add("date", results.date().toString())
              .add("machine", machine(results.machine()))
              .add("rows", rows);
      if (!results.failures().isEmpty()) {
        all.add("failures", failures);
      }
      writer.writeObject(all.add("notes", Json.createArrayBuilder(results.notes())).build());
    }
    return text.toString().strip() + "\n";
  }

  private static JsonObjectBuilder machine(Machine machine) {
    return Json.createObjectBuilder()
        .add("cpu", machine.cpu())
        .add("cores", machine.cores())
        .add("memoryBytes", machine.memoryBytes())
        .add("kernel", machine.kernel())
        .add("os", machine.os());
  }

  private static JsonObjectBuilder row(Row row) {
    JsonObjectBuilder peers = Json.createObjectBuilder();
    row.peers().forEach((peer, statistics) -> peers.add(peer, statistics(statistics)));
    JsonObjectBuilder ratio = Json.createObjectBuilder();
    row.ratio().forEach((peer, median) -> ratio.add(peer, Figure.stored(median)));
    return Json.createObjectBuilder()
        .add("case", row.name())
        .add("metric", row.metric())
        .add("unit", row.unit())
        .add("ours", statistics(row.ours()))
        .add("peers", peers)
        .add("ratio", ratio);
  }

  private static JsonObjectBuilder statistics(Statistics statistics) {
    return Json.createObjectBuilder()
        .add("n", statistics.n())
        .add("min", Figure.stored(statistics.min()))
        .add("median", Figure.stored(statistics.median()))
        .add("p95", Figure.stored(statistics.p95()))
        .add("max", Figure.stored(statistics.max()));
  }
}
