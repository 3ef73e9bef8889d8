package org.mobidesk.lab.setup;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mobidesk.lab.LabException;

/**
 * A template image in the cache.
 *
 * @param id {@code NAME-VERSION}, the version being the beginning of the image's SHA-256
 * @param inputs digest of everything that it was made from
 */
public record Template(String id, String name, String inputs, Path image, long bytes) {

  static Template read(Path json) {
    try (InputStream in = Files.newInputStream(json);
        var reader = Json.createReader(in)) {
      JsonObject o = reader.readObject();
      return new Template(
          o.getString("id"),
          o.getString("name"),
          o.getString("inputs"),
          json.resolveSibling(o.getString("id") + ".erofs"),
          o.getJsonNumber("bytes").longValueExact());
    } catch (IOException | RuntimeException e) {
      throw new LabException("cannot read " + json + "; remove it, and the image is made again", e);
    }
  }

  /** The file that says what is in the image. */
  public Path description() {
    return image.resolveSibling(id + ".json");
  }

  JsonObject toJson(String description, String suite) {
    return Json.createObjectBuilder()
        .add("id", id)
        .add("name", name)
        .add("version", id.substring(name.length() + 1))
        .add("description", description)
        .add("suite", suite)
        .add("inputs", inputs)
        .add("bytes", bytes)
        .build();
  }
}
