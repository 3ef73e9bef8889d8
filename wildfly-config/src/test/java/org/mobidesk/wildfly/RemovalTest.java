package org.mobidesk.wildfly;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the scripts do to a configuration, their counterparts undo. */
class RemovalTest {

  private static final Path SCRIPTS = Commands.HERE.resolve("src/main/cli");

  /** All of the configuration, on one line each time. */
  private static final String READ = ":read-resource(recursive=true)";

  @ParameterizedTest
  @CsvSource({
    "standalone-full-ha.xml, common controller proxy",
    "standalone-full-ha.xml, common controller all",
    "standalone-full.xml, common server"
  })
  void removingAllScriptsGivesTheDistributionsConfiguration(
      String from, String scripts, @TempDir Path dir) throws IOException, InterruptedException {
    List<String> names = List.of(scripts.split(" "));
    List<String> lines =
        new ArrayList<>(List.of("embed-server --std-out=discard --server-config=" + from, READ));
    lines.addAll(batch(names));
    lines.add(READ);
    lines.addAll(batch(names.reversed().stream().map(name -> "remove-" + name).toList()));
    lines.add(READ);

    List<JsonObject> configurations = configurations(dir, lines);
    assertEquals(3, configurations.size());
    assertNotEquals(configurations.get(0), configurations.get(1));
    assertEquals(configurations.get(0), configurations.get(2));
    assertEquals(protocols(configurations.get(0)), protocols(configurations.get(2)));
  }

  /** The order of a stack's protocols matters, but not to the equality of objects. */
  private static List<String> protocols(JsonObject configuration) {
    JsonObject jgroups = configuration.getJsonObject("subsystem").getJsonObject("jgroups");
    if (jgroups == null) {
      return List.of();
    }
    List<String> all = new ArrayList<>();
    jgroups
        .getJsonObject("stack")
        .forEach(
            (name, stack) ->
                all.add(name + stack.asJsonObject().getJsonObject("protocol").keySet()));
    all.sort(null);
    return all;
  }

  private static List<String> batch(List<String> names) throws IOException {
    List<String> lines = new ArrayList<>(List.of("batch"));
    for (String name : names) {
      try (Stream<String> script = Files.lines(SCRIPTS.resolve(name + ".cli"))) {
        lines.addAll(script.filter(line -> !line.isBlank() && !line.startsWith("#")).toList());
      }
    }
    lines.add("run-batch");
    return lines;
  }

  private static List<JsonObject> configurations(Path dir, List<String> lines)
      throws IOException, InterruptedException {
    Path script = Files.write(dir.resolve("test.cli"), lines);
    Path password = Files.writeString(dir.resolve("password"), "placeholder");
    Commands.run(Map.of(), "cp", "-R", Commands.WILDFLY.resolve("standalone"), dir.resolve("base"));
    Commands.run(
        Map.of(),
        Commands.HERE.resolve("make-keys"),
        dir.resolve("keys"),
        "node",
        "all",
        "IP:127.0.0.1",
        password);
    String output =
        Commands.run(
            Map.of(),
            Commands.WILDFLY.resolve("bin/jboss-cli.sh"),
            "--output-json",
            "-Djboss.server.base.dir=" + dir.resolve("base"),
            "-Dmobidesk.node.address=127.0.0.1",
            "-Dmobidesk.public.address=127.0.0.1",
            "-Dmobidesk.tls.keystore=" + dir.resolve("keys/node.p12"),
            "-Dmobidesk.tls.truststore=" + dir.resolve("keys/ca.p12"),
            "-Dmobidesk.tls.password=placeholder",
            "-Dmobidesk.node.name=placeholder",
            "-Dmobidesk.broker.password=placeholder",
            "--file=" + script);
    return results(output);
  }

  /** Each answer begins with a line "{" and ends with a line "}". */
  private static List<JsonObject> results(String output) {
    List<JsonObject> all = new ArrayList<>();
    StringBuilder answer = new StringBuilder();
    for (String line : output.lines().toList()) {
      if (line.equals("{")) {
        answer.setLength(0);
      }
      answer.append(line).append('\n');
      if (line.equals("}")) {
        try (var reader = Json.createReader(new StringReader(answer.toString()))) {
          all.add(reader.readObject().getJsonObject("result"));
        }
      }
    }
    return all;
  }
}
