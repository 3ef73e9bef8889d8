package org.mobidesk.infrastructure.jms;

import static org.mobidesk.infrastructure.jms.MessageCodec.number;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.List;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.SessionSighting.HostState;
import org.mobidesk.domain.model.server.Template;

/** The JSON text of heartbeats. Members have the names of the records'. */
final class ReportCodec {

  private ReportCodec() {}

  static String encode(ServerReport report) {
    JsonArrayBuilder templates = Json.createArrayBuilder();
    for (Template t : report.templates()) {
      templates.add(
          Json.createObjectBuilder()
              .add("id", t.id())
              .add("name", t.name())
              .add("version", t.version())
              .add("unfit", t.unfit() == null ? "" : t.unfit()));
    }
    JsonArrayBuilder sessions = Json.createArrayBuilder();
    report.sessions().forEach(s -> sessions.add(encode(s)));
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("server", report.server())
            .add("address", report.address())
            .add("kernel", report.kernel())
            .add("cpus", report.cpus())
            .add("memoryBytes", report.memoryBytes())
            .add("memoryAvailableBytes", report.memoryAvailableBytes())
            .add("imageFreeBytes", report.imageFreeBytes())
            .add("storageFreeBytes", report.storageFreeBytes())
            .add("templates", templates)
            .add("sessions", sessions);
    if (report.needs() != null) {
      json.add("needs", report.needs());
    }
    if (report.hostFailure() != null) {
      json.add("hostFailure", report.hostFailure());
    }
    return json.build().toString();
  }

  private static JsonObjectBuilder encode(SessionSighting s) {
    return Json.createObjectBuilder()
        .add("id", s.id())
        .add("state", s.state().name())
        .add("epoch", s.epoch())
        .add("processes", s.processes())
        .add("viewers", s.viewers())
        .add("memoryBytes", s.memoryBytes())
        .add("diskBytes", s.diskBytes());
  }

  static ServerReport decode(String text) {
    JsonObject json = MessageCodec.parse(text);
    List<Template> templates =
        json.getJsonArray("templates").getValuesAs(JsonObject.class).stream()
            .map(ReportCodec::decodeTemplate)
            .toList();
    List<SessionSighting> sessions =
        json.getJsonArray("sessions").getValuesAs(JsonObject.class).stream()
            .map(ReportCodec::decodeSighting)
            .toList();
    return new ServerReport(
        json.getString("server"),
        json.getString("address"),
        json.getString("hostFailure", null),
        json.getString("kernel"),
        json.getString("needs", null),
        json.getInt("cpus"),
        number(json, "memoryBytes"),
        number(json, "memoryAvailableBytes"),
        number(json, "imageFreeBytes"),
        number(json, "storageFreeBytes"),
        templates,
        sessions);
  }

  private static Template decodeTemplate(JsonObject t) {
    String unfit = t.getString("unfit", "");
    return new Template(
        t.getString("id"),
        t.getString("name"),
        t.getString("version"),
        unfit.isEmpty() ? null : unfit);
  }

  private static SessionSighting decodeSighting(JsonObject s) {
    return new SessionSighting(
        s.getString("id"),
        HostState.valueOf(s.getString("state")),
        number(s, "epoch"),
        s.getInt("processes"),
        s.getInt("viewers"),
        number(s, "memoryBytes"),
        number(s, "diskBytes"));
  }
}
