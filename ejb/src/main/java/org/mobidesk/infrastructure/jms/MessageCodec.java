package org.mobidesk.infrastructure.jms;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepCommand.SessionFacts;
import org.mobidesk.application.StepFailed;
import org.mobidesk.domain.model.session.ScreenSize;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.StepOutcome;
import org.mobidesk.domain.model.workflow.StepResult;

/** The JSON text of commands, outcomes and executions. Members have the names of the records'. */
final class MessageCodec {

  private MessageCodec() {}

  static String encode(StepCommand command) {
    SessionFacts s = command.session();
    JsonObjectBuilder session =
        Json.createObjectBuilder()
            .add("id", s.id())
            .add("template", s.template())
            .add("user", s.user())
            .add("address", s.address())
            .add("width", s.settings().size().width())
            .add("height", s.settings().size().height())
            .add("diskBytes", s.settings().diskBytes())
            .add("limits", s.limits().wire());
    if (s.settings().locale() != null) {
      session.add("locale", s.settings().locale());
    }
    if (s.settings().timezone() != null) {
      session.add("timezone", s.settings().timezone());
    }
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("workflow", command.workflow())
            .add("order", command.order())
            .add("attempt", command.attempt())
            .add("step", command.step().wire())
            .add("server", command.server())
            .add("epoch", command.epoch())
            .add("nextEpoch", command.nextEpoch())
            .add("otherStorage", command.otherStorage())
            .add("session", session);
    if (command.peerAddress() != null) {
      json.add("peerAddress", command.peerAddress());
    }
    if (command.needs() != null) {
      json.add("needs", command.needs());
    }
    return json.build().toString();
  }

  static StepCommand decodeCommand(String text) {
    JsonObject json = parse(text);
    JsonObject s = json.getJsonObject("session");
    return new StepCommand(
        json.getString("workflow"),
        number(json, "order"),
        json.getInt("attempt"),
        StepName.of(json.getString("step")),
        json.getString("server"),
        new SessionFacts(
            s.getString("id"),
            s.getString("template"),
            s.getString("user"),
            s.getString("address"),
            new SessionSettings(
                new ScreenSize(s.getInt("width"), s.getInt("height")),
                s.getString("locale", null),
                s.getString("timezone", null),
                number(s, "diskBytes")),
            SessionLimits.of(s.getString("limits", null))),
        number(json, "epoch"),
        number(json, "nextEpoch"),
        json.getString("peerAddress", null),
        json.getBoolean("otherStorage"),
        json.getString("needs", null));
  }

  static String encode(StepOutcome outcome) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("workflow", outcome.workflow())
            .add("order", outcome.order())
            .add("attempt", outcome.attempt());
    switch (outcome.result()) {
      case StepResult.Succeeded done -> {
        JsonObjectBuilder figures = Json.createObjectBuilder();
        done.figures().forEach(figures::add);
        json.add("figures", figures);
      }
      case StepResult.Failed failed -> {
        json.add("code", failed.code().wire());
        json.add("message", String.valueOf(failed.message()));
      }
    }
    return json.build().toString();
  }

  static StepOutcome decodeOutcome(String text) {
    JsonObject json = parse(text);
    return new StepOutcome(
        json.getString("workflow"),
        number(json, "order"),
        json.getInt("attempt"),
        json.containsKey("figures")
            ? new StepResult.Succeeded(figures(json.getJsonObject("figures")))
            : new StepResult.Failed(
                FailureCode.of(json.getString("code")), json.getString("message")));
  }

  static String encode(ExecRequest request) {
    JsonArrayBuilder argv = Json.createArrayBuilder();
    request.argv().forEach(argv::add);
    return Json.createObjectBuilder()
        .add("session", request.session())
        .add("argv", argv)
        .add("root", request.root())
        .add("stdin", base64(request.stdin()))
        .build()
        .toString();
  }

  static ExecRequest decodeExecRequest(String text) {
    JsonObject json = parse(text);
    JsonArray argv = json.getJsonArray("argv");
    List<String> words = argv.getValuesAs(JsonString::getString);
    return new ExecRequest(
        json.getString("session"),
        words,
        json.getBoolean("root"),
        Base64.getDecoder().decode(json.getString("stdin")));
  }

  static String encode(ExecResult result) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("exit", result.exit())
            .add("stdout", base64(result.stdout()))
            .add("stderr", base64(result.stderr()));
    if (result.message() != null) {
      json.add("message", result.message());
    }
    return json.build().toString();
  }

  static String encode(StepFailed failure) {
    return Json.createObjectBuilder()
        .add("code", failure.code().wire())
        .add("failure", String.valueOf(failure.getMessage()))
        .build()
        .toString();
  }

  static ExecResult decodeExecResult(String text) throws StepFailed {
    JsonObject json = parse(text);
    if (json.containsKey("code")) {
      throw new StepFailed(FailureCode.of(json.getString("code")), json.getString("failure"), null);
    }
    return new ExecResult(
        json.getInt("exit"),
        Base64.getDecoder().decode(json.getString("stdout")),
        Base64.getDecoder().decode(json.getString("stderr")),
        json.getString("message", null));
  }

  static JsonObject parse(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readObject();
    }
  }

  static long number(JsonObject json, String name) {
    return json.getJsonNumber(name).longValueExact();
  }

  private static Map<String, Long> figures(JsonObject json) {
    Map<String, Long> figures = new LinkedHashMap<>();
    for (Map.Entry<String, JsonValue> entry : json.entrySet()) {
      figures.put(entry.getKey(), ((JsonNumber) entry.getValue()).longValueExact());
    }
    return figures;
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
