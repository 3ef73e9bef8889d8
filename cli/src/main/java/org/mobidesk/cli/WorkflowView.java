package org.mobidesk.cli;

import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Shows a workflow while it goes on: each step once, when it has ended; in the end what it took.
 */
final class WorkflowView {
  private static final List<String> ENDED = List.of("done", "failed");

  private final PrintWriter out;
  private final boolean quiet;
  private final Set<Integer> shown = new HashSet<>();
  private boolean endShown;

  WorkflowView(PrintWriter out, boolean quiet) {
    this.out = out;
    this.quiet = quiet;
  }

  void show(JsonObject workflow) {
    if (quiet) {
      return;
    }
    List<JsonObject> steps = workflow.getJsonArray("steps").getValuesAs(JsonObject.class);
    for (int i = 0; i < steps.size(); i++) {
      if (ENDED.contains(steps.get(i).getString("state")) && shown.add(i)) {
        step(steps.get(i));
      }
    }
    if (!workflow.getString("state").equals("running") && !endShown) {
      endShown = true;
      end(workflow);
    }
    out.flush();
  }

  private void step(JsonObject step) {
    out.printf(
        "  %-12s %-10s %-12s %s%n",
        step.getString("name"),
        step.getString("server", ""),
        (step.getBoolean("undo", false) ? "undo " : "") + step.getString("state"),
        step.containsKey("durationUs")
            ? Units.micros(step.getJsonNumber("durationUs").longValue())
            : "");
  }

  private void end(JsonObject workflow) {
    out.printf(
        "%s of %s: %s%n",
        workflow.getString("kind"), workflow.getString("session"), workflow.getString("state"));
    if (workflow.get("timings") instanceof JsonObject timings) {
      for (Map.Entry<String, JsonValue> timing : timings.entrySet()) {
        out.printf("  %-16s %s%n", label(timing.getKey()), value(timing));
      }
    }
  }

  private static String label(String name) {
    return name.replaceAll("Us$", "")
        .replaceAll("Bytes$", "Size")
        .replaceAll("([A-Z])", " $1")
        .toLowerCase(Locale.ROOT);
  }

  private static String value(Map.Entry<String, JsonValue> timing) {
    return switch (timing.getValue()) {
      case JsonNumber n when timing.getKey().endsWith("Us") -> Units.micros(n.longValue());
      case JsonNumber n when timing.getKey().endsWith("Bytes") -> Units.bytes(n.longValue());
      case JsonString s -> s.getString();
      case JsonValue other -> other.toString();
    };
  }

  /** What the administrator is told of a workflow that failed. */
  static String failure(JsonObject workflow) {
    if (workflow.get("failure") instanceof JsonObject failure) {
      String server = failure.getString("server", "");
      return "%s of %s failed at step %s%s: %s"
          .formatted(
              workflow.getString("kind"),
              workflow.getString("session"),
              failure.getString("step", "?"),
              server.isEmpty() ? "" : " on " + server,
              failure.getString("message", "no reason recorded"));
    }
    return "%s of %s failed".formatted(workflow.getString("kind"), workflow.getString("session"));
  }
}
