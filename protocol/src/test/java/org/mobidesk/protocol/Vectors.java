package org.mobidesk.protocol;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The test vectors that the C encoder and this codec share (docs/protocol.md, "Test vectors"). */
final class Vectors {
  private static final Path DIRECTORY = Path.of("src", "test", "vectors");

  private Vectors() {}

  static List<JsonObject> read(String file) {
    try (Reader in = Files.newBufferedReader(DIRECTORY.resolve(file));
        var json = Json.createReader(in)) {
      List<JsonObject> vectors = json.readArray().getValuesAs(JsonValue::asJsonObject);
      if (vectors.isEmpty()) {
        throw new IllegalStateException(file + " has no vectors");
      }
      return vectors;
    } catch (IOException e) {
      throw new IllegalStateException("reading the test vectors of " + file, e);
    }
  }
}
