package org.mobidesk.lab.setup;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.mobidesk.lab.LabException;

/**
 * A template in a directory of templates: a file that describes it, and the images of its layers.
 *
 * @param id {@code NAME-VERSION}, the version being the beginning of the SHA-256 of its layers
 * @param description the file
 * @param layers image files, the topmost first
 */
public record Template(String id, Path description, List<Path> layers) {

  static Template read(Path json) {
    try (InputStream in = Files.newInputStream(json);
        var reader = Json.createReader(in)) {
      JsonObject o = reader.readObject();
      String id = o.getString("id");
      // Before there were layers, an image had the template's name.
      List<String> names =
          o.containsKey("layers")
              ? o.getJsonArray("layers").getValuesAs(JsonString::getString)
              : List.of(id);
      return new Template(
          id, json, names.stream().map(n -> json.resolveSibling(n + ".erofs")).toList());
    } catch (IOException | RuntimeException e) {
      throw new LabException(
          "cannot read " + json + "; remove it, and the template is made again", e);
    }
  }

  /** Everything that a server needs of it. */
  public List<Path> files() {
    return Stream.concat(layers.stream(), Stream.of(description)).toList();
  }

  /** Bytes of all layers; templates share some. */
  public long bytes() {
    long sum = 0;
    for (Path p : layers) {
      try {
        sum += Files.size(p);
      } catch (IOException e) {
        throw new LabException("cannot examine " + p, e);
      }
    }
    return sum;
  }

  static JsonObject describe(String id, Recipe recipe, List<Path> layers) {
    JsonArrayBuilder names = Json.createArrayBuilder();
    layers.forEach(p -> names.add(LayerStore.nameOf(p)));
    JsonArrayBuilder packages = Json.createArrayBuilder();
    recipe.chain().stream().flatMap(r -> r.packages().stream()).sorted().forEach(packages::add);
    return Json.createObjectBuilder()
        .add("id", id)
        .add("name", recipe.name())
        .add("version", id.substring(recipe.name().length() + 1))
        .add("description", recipe.description())
        .add("suite", recipe.suite())
        .add("layers", names)
        .add("packages", packages)
        .build();
  }
}
