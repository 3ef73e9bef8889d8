package org.mobidesk.interfaces.rest;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.RequestRefused.Reason;

/** A request's JSON object: what is missing, unknown or of another type is refused by name. */
final class Body {

  private final JsonObject json;

  private Body(JsonObject json) {
    this.json = json;
  }

  /** Reads a body; none counts as an empty object. */
  static Body parse(String text, String... members) {
    JsonObject json = JsonValue.EMPTY_JSON_OBJECT;
    if (text != null && !text.isBlank()) {
      try (JsonReader reader = Json.createReader(new StringReader(text))) {
        json = reader.readObject();
      } catch (JsonException e) {
        throw refused("the body is not a JSON object: " + e.getMessage());
      }
    }
    Set<String> known = Set.of(members);
    for (String name : json.keySet()) {
      if (!known.contains(name)) {
        throw refused(
            "member \"" + name + "\" is not known; known are " + String.join(", ", members));
      }
    }
    return new Body(json);
  }

  String text(String name) {
    String value = optionalText(name);
    if (value == null) {
      throw refused("member \"" + name + "\" is missing");
    }
    return value;
  }

  String optionalText(String name) {
    JsonValue value = json.get(name);
    if (value == null || value == JsonValue.NULL) {
      return null;
    }
    if (value instanceof JsonString text) {
      return text.getString();
    }
    throw refused("member \"" + name + "\" must be a string");
  }

  int optionalInt(String name) {
    JsonValue value = json.get(name);
    if (value == null || value == JsonValue.NULL) {
      return 0;
    }
    try {
      if (value instanceof JsonNumber number) {
        return number.intValueExact();
      }
    } catch (ArithmeticException e) {
      throw refused("member \"" + name + "\" must be a whole number of at most 32 bits");
    }
    throw refused("member \"" + name + "\" must be a number");
  }

  /** A whole number; empty when the member is absent. */
  OptionalLong number(String name) {
    JsonValue value = json.get(name);
    if (value == null || value == JsonValue.NULL) {
      return OptionalLong.empty();
    }
    try {
      if (value instanceof JsonNumber number) {
        return OptionalLong.of(number.longValueExact());
      }
    } catch (ArithmeticException e) {
      throw refused("member \"" + name + "\" must be a whole number of at most 64 bits");
    }
    throw refused("member \"" + name + "\" must be a number");
  }

  boolean optionalFlag(String name) {
    JsonValue value = json.get(name);
    if (value == null || value == JsonValue.NULL || value == JsonValue.FALSE) {
      return false;
    }
    if (value == JsonValue.TRUE) {
      return true;
    }
    throw refused("member \"" + name + "\" must be true or false");
  }

  /** An array of strings; empty when the member is absent. */
  List<String> optionalTexts(String name) {
    return json.containsKey(name) ? texts(name) : List.of();
  }

  List<String> texts(String name) {
    if (!(json.get(name) instanceof JsonArray array)) {
      throw refused("member \"" + name + "\" must be an array of strings");
    }
    List<String> texts = new ArrayList<>();
    for (JsonValue value : array) {
      if (!(value instanceof JsonString text)) {
        throw refused("member \"" + name + "\" must be an array of strings");
      }
      texts.add(text.getString());
    }
    return texts;
  }

  static RequestRefused refused(String message) {
    return new RequestRefused(Reason.INVALID, "request-invalid", message);
  }
}
