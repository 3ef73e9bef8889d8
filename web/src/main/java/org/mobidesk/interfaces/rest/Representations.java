package org.mobidesk.interfaces.rest;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Instant;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.mobidesk.domain.model.audit.AuditRecord;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.Template;
import org.mobidesk.domain.model.session.SecondLogin;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.workflow.Failure;
import org.mobidesk.domain.model.workflow.MigrationTimings;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.Workflow;

/** What things look like in JSON (docs/rest.md). */
final class Representations {

  private Representations() {}

  static <T> JsonArray array(Collection<T> items, Function<T, JsonObject> form) {
    JsonArrayBuilder array = Json.createArrayBuilder();
    items.forEach(item -> array.add(form.apply(item)));
    return array.build();
  }

  static JsonObject of(Server server, Instant now) {
    JsonArrayBuilder templates = Json.createArrayBuilder();
    server.report().templates().stream().map(Template::id).forEach(templates::add);
    return Json.createObjectBuilder()
        .add("name", server.name())
        .add("address", server.address())
        .add("state", word(server.state(now)))
        .add("sessions", server.sessions())
        .add("load", server.load())
        .add("memoryBytes", server.report().memoryBytes())
        .add("memoryAvailableBytes", server.report().memoryAvailableBytes())
        .add("templates", templates)
        .add("lastSeen", server.lastSeen().toString())
        .build();
  }

  /**
   * A session.
   *
   * @param outlook why it cannot be reached now, and what becomes of it
   * @param secondLogin what holds for it
   */
  static JsonObject of(
      Session session,
      Optional<SessionSighting> sighting,
      Optional<String> outlook,
      SecondLogin secondLogin) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("id", session.id())
            .add("user", session.user())
            .add("template", session.template())
            .add("address", session.address())
            .add("state", word(session.state()))
            .add("server", session.location().server())
            .add("epoch", session.location().epoch())
            .add("created", session.created().toString())
            .add("viewers", sighting.map(SessionSighting::viewers).orElse(0))
            .add("processes", sighting.map(SessionSighting::processes).orElse(0))
            .add("memoryBytes", sighting.map(SessionSighting::memoryBytes).orElse(0L))
            .add("diskBytes", sighting.map(SessionSighting::diskBytes).orElse(0L))
            .add("limits", of(session.limits()))
            .add("secondLogin", secondLogin.word());
    if (session.settings().diskBytes() != 0) {
      json.add("diskLimitBytes", session.settings().diskBytes());
    }
    if (session.settings().locale() != null) {
      json.add("locale", session.settings().locale());
    }
    if (session.settings().timezone() != null) {
      json.add("timezone", session.settings().timezone());
    }
    session.lastCopy().ifPresent(copy -> json.add("copy", of(copy)));
    outlook.ifPresent(words -> json.add("outlook", words));
    addOptional(json, "lastFailure", session.lastFailure());
    return json.build();
  }

  private static JsonObject of(SessionCopy copy) {
    return Json.createObjectBuilder()
        .add("epoch", copy.epoch())
        .add("taken", copy.taken().toString())
        .add("stoppedUs", copy.stopped().toNanos() / 1000)
        .build();
  }

  private static JsonObject of(SessionLimits limits) {
    return Json.createObjectBuilder()
        .add("memoryBytes", limits.memoryBytes())
        .add("cpuShares", limits.cpuShares())
        .add("cpuMillis", limits.cpuMillis())
        .add("pids", limits.pids())
        .add("diskRate", limits.diskRate())
        .build();
  }

  static JsonObject of(SessionPolicy policy) {
    return Json.createObjectBuilder()
        .add("restricted", policy.restricted())
        .add("allow", Json.createArrayBuilder(policy.allow()))
        .add("peers", Json.createArrayBuilder(policy.peers()))
        .add("outRate", policy.outRate())
        .add("inRate", policy.inRate())
        .add("published", array(policy.published(), Representations::of))
        .build();
  }

  private static JsonObject of(Publication publication) {
    return Json.createObjectBuilder()
        .add("protocol", publication.protocol().wire())
        .add("outsidePort", publication.outsidePort())
        .add("port", publication.port())
        .build();
  }

  static JsonObject of(Traffic traffic) {
    return Json.createObjectBuilder()
        .add("packetsOut", traffic.packetsOut())
        .add("bytesOut", traffic.bytesOut())
        .add("packetsIn", traffic.packetsIn())
        .add("bytesIn", traffic.bytesIn())
        .build();
  }

  static JsonObject of(Workflow workflow, Instant now) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("id", workflow.id())
            .add("kind", word(workflow.kind()))
            .add("session", workflow.session())
            .add("source", workflow.source())
            .add("target", workflow.target())
            .add("state", word(workflow.state()))
            .add("started", workflow.started().toString());
    if (workflow.ended() != null) {
      json.add("ended", workflow.ended().toString());
    }
    workflow.failure().ifPresent(f -> json.add("failure", of(f)));
    return json.add("steps", array(workflow.steps(), s -> of(s, now)))
        .add("timings", figures(MigrationTimings.of(workflow)))
        .build();
  }

  static JsonObject of(AuditRecord record) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("time", record.time().toString())
            .add("actor", record.actor())
            .add("action", record.action());
    addOptional(json, "origin", record.origin());
    addOptional(json, "session", record.session());
    addOptional(json, "detail", record.detail());
    return json.build();
  }

  private static JsonObject of(Failure failure) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("step", failure.step().wire())
            .add("code", failure.code().wire())
            .add("message", String.valueOf(failure.message()));
    addOptional(json, "server", failure.server());
    return json.build();
  }

  private static JsonObject of(StepExecution step, Instant now) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("name", step.name().wire())
            .add("server", step.server() == null ? "proxy" : step.server())
            .add("state", word(step.state()))
            .add("undo", step.undo())
            .add("attempt", step.attempt())
            .add("started", step.started().toString())
            .add("durationUs", step.duration(now).toNanos() / 1000)
            .add("result", figures(step.result()));
    addOptional(json, "code", step.code() == null ? null : step.code().wire());
    addOptional(json, "message", step.message());
    return json.build();
  }

  private static JsonObject figures(Map<String, Long> figures) {
    JsonObjectBuilder json = Json.createObjectBuilder();
    figures.forEach(json::add);
    return json.build();
  }

  private static void addOptional(JsonObjectBuilder json, String name, String value) {
    if (value != null) {
      json.add(name, value);
    }
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
