package org.mobidesk.cli;

import static org.mobidesk.cli.Installation.segment;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.math.BigDecimal;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "session",
    mixinStandardHelpOptions = true,
    description =
        "Sessions: create, list, show, move, hibernate, restore, copy, recover, destroy, look"
            + " inside, and say what they may reach.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      SessionExecCommand.class,
      SessionNetworkCommands.Policy.class,
      SessionNetworkCommands.Publish.class,
      SessionNetworkCommands.Unpublish.class,
      SessionNetworkCommands.Traffic.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mobidesk session create ada --template xfce",
      "  mobidesk session migrate ada-1            to the least loaded other server",
      "  mobidesk session checkpoint ada-1         suspend it to the storage tier",
      "  mobidesk session restore ada-1 server2    and go on there",
      "  mobidesk session copy ada-1               store a copy while it runs on",
      "  mobidesk session recover ada-1            go on from the copy: its server is down",
      "  mobidesk session limit ada-1 --memory 2G --cpu 1.5 --pids 500 --disk-rate 20M",
      "  mobidesk session policy ada-1 --restricted --allow 203.0.113.0/24",
      "  mobidesk session publish ada-1 tcp/20022 22",
    })
final class SessionCommand {
  private static final String NO_WAIT =
      "Answer with the workflow's id and do not wait for its end.";

  @ParentCommand Main main;

  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the sessions.")
  int list() {
    try (Installation installation = main.open()) {
      JsonArray sessions = installation.list("sessions");
      if (main.json()) {
        main.print(sessions);
      } else {
        table(sessions.getValuesAs(JsonObject.class));
      }
      return ExitCode.OK.status;
    }
  }

  @Command(name = "show", mixinStandardHelpOptions = true, description = "Shows one session.")
  int show(@Parameters(paramLabel = "ID") String id) {
    try (Installation installation = main.open()) {
      JsonObject session = installation.get(path(id)).asJsonObject();
      if (main.json()) {
        main.print(session);
      } else {
        details(session);
      }
      return ExitCode.OK.status;
    }
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Starts a session for a user.")
  int create(
      @Parameters(paramLabel = "USER") String user,
      @Option(names = "--template", paramLabel = "NAME", description = "Default: the server's.")
          String template,
      @Option(names = "--server", paramLabel = "SERVER", description = "Default: the least loaded.")
          String server,
      @Option(
              names = "--disk",
              paramLabel = "SIZE",
              converter = Units.Bytes.class,
              description = "Such as 20G. Default: the server's.")
          Long disk,
      @Option(
              names = "--locale",
              paramLabel = "LOCALE",
              description = "Such as de_DE.UTF-8. Default: the installation's.")
          String locale,
      @Option(
              names = "--timezone",
              paramLabel = "ZONE",
              description = "Such as Europe/Berlin. Default: the installation's.")
          String timezone,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    JsonObjectBuilder body = Json.createObjectBuilder().add("user", user);
    addIfGiven(body, "template", template);
    addIfGiven(body, "server", server);
    if (disk != null) {
      body.add("diskBytes", disk);
    }
    addIfGiven(body, "locale", locale);
    addIfGiven(body, "timezone", timezone);
    return workflow("sessions", body.build(), noWait);
  }

  @Command(
      name = "migrate",
      mixinStandardHelpOptions = true,
      description = "Moves a running session to another server.")
  int migrate(
      @Parameters(paramLabel = "ID") String id,
      @Parameters(
              paramLabel = "SERVER",
              arity = "0..1",
              description = "Default: the least loaded other one.")
          String server,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/migrate", target(server), noWait);
  }

  @Command(
      name = "hibernate",
      mixinStandardHelpOptions = true,
      description =
          "Sends a session to the storage tier. It uses no memory and comes back when its user logs in.")
  int hibernate(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/hibernate", JsonValue.EMPTY_JSON_OBJECT, noWait);
  }

  @Command(
      name = "checkpoint",
      mixinStandardHelpOptions = true,
      description = "Suspends a session to the storage tier.")
  int checkpoint(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/checkpoint", JsonValue.EMPTY_JSON_OBJECT, noWait);
  }

  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description = "Brings a suspended session back.")
  int restore(
      @Parameters(paramLabel = "ID") String id,
      @Parameters(paramLabel = "SERVER", arity = "0..1", description = "Default: the least loaded.")
          String server,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/restore", target(server), noWait);
  }

  @Command(
      name = "copy",
      mixinStandardHelpOptions = true,
      description =
          "Stores a copy of a running session, which runs on. It can go on from there when its server"
              + " is lost.")
  int copy(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/copy", JsonValue.EMPTY_JSON_OBJECT, noWait);
  }

  @Command(
      name = "recover",
      mixinStandardHelpOptions = true,
      description =
          "Lets a session whose server is down go on from its last copy. What it did since is lost.")
  int recover(
      @Parameters(paramLabel = "ID") String id,
      @Parameters(paramLabel = "SERVER", arity = "0..1", description = "Default: the least loaded.")
          String server,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    return workflow(path(id) + "/recover", target(server), noWait);
  }

  @Command(
      name = "limit",
      mixinStandardHelpOptions = true,
      description =
          "Changes what a running session may use. What is not given stays; 0 is the server's default.")
  int limit(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--memory",
              paramLabel = "SIZE",
              converter = Units.Bytes.class,
              description = "Memory: 512M, 2G.")
          Long memory,
      @Option(
              names = "--cpu",
              paramLabel = "N",
              description = "Most processors that it may use: 0.5, 1.5. By default no limit.")
          BigDecimal cpu,
      @Option(
              names = "--cpu-shares",
              paramLabel = "N",
              description = "Share of busy processors; 1024 is one plain session.")
          Integer shares,
      @Option(names = "--pids", paramLabel = "N", description = "Processes and threads.")
          Integer pids,
      @Option(
              names = "--disk-rate",
              paramLabel = "SIZE",
              converter = Units.Bytes.class,
              description = "Bytes a second that it reads from its disk at most, and writes: 20M.")
          Long diskRate,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    JsonObjectBuilder body = Json.createObjectBuilder();
    if (memory != null) {
      body.add("memoryBytes", memory);
    }
    try {
      if (cpu != null) {
        body.add("cpuMillis", cpu.movePointRight(3).intValueExact());
      }
    } catch (ArithmeticException e) {
      throw new CommandException(ExitCode.USAGE, e.getMessage());
    }
    addIfGiven(body, "cpuShares", shares);
    addIfGiven(body, "pids", pids);
    if (diskRate != null) {
      body.add("diskRate", diskRate);
    }
    return workflow(path(id) + "/limits", body.build(), noWait);
  }

  @Command(
      name = "second-login",
      mixinStandardHelpOptions = true,
      description =
          "What becomes of the viewer of a session when its user comes with another one, from then on.")
  int secondLogin(
      @Parameters(paramLabel = "ID") String id,
      @Parameters(
              paramLabel = "POLICY",
              description =
                  "take-over: the new one has the desktop, the other one is told; join: both have it;"
                      + " default: as the installation says.")
          String policy) {
    JsonObjectBuilder body = Json.createObjectBuilder();
    if (!policy.equals("default")) {
      body.add("policy", policy);
    }
    try (Installation installation = main.open()) {
      JsonObject session =
          installation.put(path(id) + "/second-login", body.build()).asJsonObject();
      if (main.json()) {
        main.print(session);
      } else {
        main.out().println(session.getString("id") + ": " + session.getString("secondLogin"));
        main.out().flush();
      }
      return ExitCode.OK.status;
    }
  }

  @Command(
      name = "resize-disk",
      mixinStandardHelpOptions = true,
      description = "Makes the disk of a running session larger.")
  int resizeDisk(
      @Parameters(paramLabel = "ID") String id,
      @Parameters(
              paramLabel = "SIZE",
              converter = Units.Bytes.class,
              description = "Such as 20G; never smaller than it is.")
          long size,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    JsonObject body = Json.createObjectBuilder().add("diskBytes", size).build();
    try (Installation installation = main.open()) {
      return conclude(
          installation, installation.put(path(id) + "/disk", body).asJsonObject(), noWait);
    }
  }

  @Command(
      name = "destroy",
      mixinStandardHelpOptions = true,
      description = "Ends a session and deletes its disk.")
  int destroy(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--no-wait", description = NO_WAIT) boolean noWait) {
    try (Installation installation = main.open()) {
      return conclude(installation, installation.delete(path(id)).asJsonObject(), noWait);
    }
  }

  private int workflow(String path, JsonObject body, boolean noWait) {
    try (Installation installation = main.open()) {
      return conclude(installation, installation.post(path, body).asJsonObject(), noWait);
    }
  }

  private int conclude(Installation installation, JsonObject started, boolean noWait) {
    if (noWait && !main.json()) {
      main.out().println("workflow " + started.getString("id"));
      main.out().flush();
      return ExitCode.OK.status;
    }
    JsonObject workflow = noWait ? started : installation.follow(started, main.out(), main.json());
    return WorkflowCommand.conclude(main, workflow);
  }

  private static JsonObject target(String server) {
    JsonObjectBuilder body = Json.createObjectBuilder();
    addIfGiven(body, "server", server);
    return body.build();
  }

  private static void addIfGiven(JsonObjectBuilder body, String name, String value) {
    if (value != null) {
      body.add(name, value);
    }
  }

  private static void addIfGiven(JsonObjectBuilder body, String name, Integer value) {
    if (value != null) {
      body.add(name, value);
    }
  }

  static String path(String id) {
    return "sessions/" + segment(id);
  }

  private void table(List<JsonObject> sessions) {
    Table table =
        new Table(
            "ID",
            "USER",
            "STATE",
            "SERVER",
            "ADDRESS",
            "TEMPLATE",
            "VIEWERS",
            "PROCESSES",
            "MEMORY",
            "COPY");
    for (JsonObject session : sessions) {
      table.row(
          session.getString("id"),
          session.getString("user"),
          session.getString("state"),
          session.getString("server", "-"),
          session.getString("address", "-"),
          session.getString("template", "-"),
          session.getInt("viewers", 0),
          session.getInt("processes", 0),
          bytes(session, "memoryBytes"),
          session.get("copy") instanceof JsonObject copy ? copy.getString("taken") : "-");
    }
    table.print(main.out());
  }

  private void details(JsonObject session) {
    Table table = new Table("FIELD", "VALUE");
    session.forEach(
        (name, value) ->
            table.row(
                name,
                name.endsWith("Bytes")
                    ? bytes(session, name)
                    : value.getValueType() == JsonValue.ValueType.STRING
                        ? session.getString(name)
                        : value));
    table.print(main.out());
  }

  private static String bytes(JsonObject session, String name) {
    return session.containsKey(name) && !session.isNull(name)
        ? Units.bytes(session.getJsonNumber(name).longValue())
        : "-";
  }
}
