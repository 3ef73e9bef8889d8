package org.mobidesk.infrastructure.jpa;

import jakarta.json.Json;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** Forms in which values stand in columns. */
final class Texts {

  /** Length of columns for messages. */
  static final int LONG = 4000;

  private Texts() {}

  /** A message of any length, so that it fits its column. */
  static String cut(String text) {
    return text == null || text.length() <= LONG ? text : text.substring(0, LONG - 3) + "...";
  }

  static String figures(Map<String, Long> figures) {
    JsonObjectBuilder json = Json.createObjectBuilder();
    new TreeMap<>(figures).forEach(json::add);
    return json.build().toString();
  }

  static Map<String, Long> figures(String text) {
    Map<String, Long> figures = new TreeMap<>();
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      reader
          .readObject()
          .forEach((name, value) -> figures.put(name, ((JsonNumber) value).longValueExact()));
    }
    return figures;
  }

  /** Microseconds since 1970, null for null. */
  static Long micros(Instant time) {
    return time == null ? null : time.getEpochSecond() * 1_000_000 + time.getNano() / 1000;
  }

  static Instant instant(Long micros) {
    return micros == null
        ? null
        : Instant.ofEpochSecond(
            Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1000L);
  }
}
