package org.mobidesk.cli;

import static org.mobidesk.cli.Installation.segment;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = "Session servers.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mobidesk server list",
      "  mobidesk server maintenance server1 on    no new sessions there",
    })
final class ServerCommand {
  @ParentCommand private Main main;

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the servers, their state and their load.")
  int list() {
    try (Installation installation = main.open()) {
      JsonArray servers = installation.list("servers");
      if (main.json()) {
        main.print(servers);
      } else {
        print(servers.getValuesAs(JsonObject.class));
      }
      return ExitCode.OK.status;
    }
  }

  @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one server.")
  int show(@Parameters(paramLabel = "SERVER") String name) {
    try (Installation installation = main.open()) {
      return shown(installation.get("servers/" + segment(name)).asJsonObject());
    }
  }

  @Command(
      name = "maintenance",
      mixinStandardHelpOptions = true,
      description = "Keeps new sessions away from a server, or lets them come again.")
  int maintenance(
      @Parameters(paramLabel = "SERVER") String name,
      @Parameters(paramLabel = "on|off") Switch wanted) {
    try (Installation installation = main.open()) {
      JsonObject body = Json.createObjectBuilder().add("maintenance", wanted == Switch.on).build();
      String path = "servers/" + segment(name) + "/maintenance";
      return shown(installation.put(path, body).asJsonObject());
    }
  }

  /** As it is typed. */
  enum Switch {
    on,
    off
  }

  private int shown(JsonObject server) {
    if (main.json()) {
      main.print(server);
    } else {
      print(List.of(server));
    }
    return ExitCode.OK.status;
  }

  private void print(List<JsonObject> servers) {
    Table table = new Table("NAME", "STATE", "ADDRESS", "SESSIONS", "MEMORY FREE", "TEMPLATES");
    for (JsonObject server : servers) {
      table.row(
          server.getString("name"),
          server.getString("state"),
          server.getString("address", "-"),
          server.getInt("sessions", 0),
          server.containsKey("memoryAvailableBytes")
              ? Units.bytes(server.getJsonNumber("memoryAvailableBytes").longValue())
              : "-",
          server.getJsonArray("templates").getValuesAs(JsonString.class).stream()
              .map(JsonString::getString)
              .collect(Collectors.joining(" ")));
    }
    table.print(main.out());
  }
}
