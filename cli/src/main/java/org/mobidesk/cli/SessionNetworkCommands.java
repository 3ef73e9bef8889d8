package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonString;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.TypeConversionException;

/** The network of a session: what {@code mobidesk session} has for it. */
final class SessionNetworkCommands {
  private SessionNetworkCommands() {}

  private static String path(String id, String rest) {
    return SessionCommand.path(id) + "/network/" + rest;
  }

  /** A port at the proxy, and of the session: {@code tcp/20022} and {@code 22}. */
  record Outside(String protocol, int port) {
    String segments() {
      return "published/" + protocol + "/" + port;
    }
  }

  static final class OutsideConverter implements ITypeConverter<Outside> {
    private static final Pattern FORM = Pattern.compile("(tcp|udp)/(\\d{1,5})");

    @Override
    public Outside convert(String text) {
      Matcher outside = FORM.matcher(text);
      if (!outside.matches()) {
        throw new TypeConversionException(
            "\"" + text + "\" is not a port of the proxy, such as tcp/20022");
      }
      return new Outside(outside.group(1), Integer.parseInt(outside.group(2)));
    }
  }

  @Command(
      name = "policy",
      mixinStandardHelpOptions = true,
      description =
          "Shows what a session may reach, or changes it, which holds at once and wherever it goes."
              + " What is not given stays; replies always pass.",
      footerHeading = "%nExamples:%n",
      footer = {
        "  mobidesk session policy ada-1",
        "  mobidesk session policy ada-1 --restricted --allow 203.0.113.0/24 --allow 198.51.100.7",
        "  mobidesk session policy ada-1 --peer bob-1 --out-rate 2M --in-rate 10M",
        "  mobidesk session policy ada-1 --no-restricted --no-allow --no-peers",
      })
  static final class Policy implements Callable<Integer> {
    @ParentCommand private SessionCommand session;

    @Parameters(index = "0", paramLabel = "ID")
    private String id;

    @Option(
        names = "--restricted",
        negatable = true,
        description = "Outside hosts: only those of --allow.")
    private Boolean restricted;

    @Option(
        names = "--allow",
        paramLabel = "NETWORK",
        description = "IPv4 or IPv6. Instead of those before.")
    private List<String> allow;

    @Option(names = "--no-allow", description = "No networks are named any more.")
    private boolean noAllow;

    @Option(
        names = "--peer",
        paramLabel = "SESSION",
        description = "Sessions that it may begin conversations with, instead of those before.")
    private List<String> peers;

    @Option(names = "--no-peers", description = "No other session is reached any more.")
    private boolean noPeers;

    @Option(
        names = "--out-rate",
        paramLabel = "SIZE",
        converter = Units.Bytes.class,
        description = "Most bytes per second that it sends: 500K, 2M; 0: no limit.")
    private Long outRate;

    @Option(
        names = "--in-rate",
        paramLabel = "SIZE",
        converter = Units.Bytes.class,
        description = "Most bytes per second that it receives.")
    private Long inRate;

    @Override
    public Integer call() {
      try (Installation installation = session.main.open()) {
        JsonObject policy = installation.get(path(id, "policy")).asJsonObject();
        JsonObject wanted = changed(policy);
        if (!policy.equals(wanted)) {
          JsonObject rules = Json.createObjectBuilder(wanted).remove("published").build();
          policy = installation.put(path(id, "policy"), rules).asJsonObject();
        }
        show(session.main, policy);
        return ExitCode.OK.status;
      }
    }

    private JsonObject changed(JsonObject policy) {
      JsonObjectBuilder wanted = Json.createObjectBuilder(policy);
      if (restricted != null) {
        wanted.add("restricted", restricted);
      }
      if (noAllow || allow != null) {
        wanted.add("allow", Json.createArrayBuilder(noAllow ? List.of() : allow));
      }
      if (noPeers || peers != null) {
        wanted.add("peers", Json.createArrayBuilder(noPeers ? List.of() : peers));
      }
      if (outRate != null) {
        wanted.add("outRate", outRate);
      }
      if (inRate != null) {
        wanted.add("inRate", inRate);
      }
      return wanted.build();
    }
  }

  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      description = "Lets outside hosts reach a port of a session at a port of the proxy.",
      footerHeading = "%nExamples:%n",
      footer = "  mobidesk session publish ada-1 tcp/20022 22")
  static final class Publish implements Callable<Integer> {
    @ParentCommand private SessionCommand session;

    @Parameters(index = "0", paramLabel = "ID")
    private String id;

    @Parameters(index = "1", paramLabel = "OUTSIDE", converter = OutsideConverter.class)
    private Outside outside;

    @Parameters(index = "2", paramLabel = "PORT", description = "Of the session.")
    private int port;

    @Override
    public Integer call() {
      JsonObject body = Json.createObjectBuilder().add("port", port).build();
      try (Installation installation = session.main.open()) {
        show(session.main, installation.put(path(id, outside.segments()), body).asJsonObject());
        return ExitCode.OK.status;
      }
    }
  }

  @Command(
      name = "unpublish",
      mixinStandardHelpOptions = true,
      description = "Ends a publication. Connections by it are cut off.",
      footerHeading = "%nExamples:%n",
      footer = "  mobidesk session unpublish ada-1 tcp/20022")
  static final class Unpublish implements Callable<Integer> {
    @ParentCommand private SessionCommand session;

    @Parameters(index = "0", paramLabel = "ID")
    private String id;

    @Parameters(index = "1", paramLabel = "OUTSIDE", converter = OutsideConverter.class)
    private Outside outside;

    @Override
    public Integer call() {
      try (Installation installation = session.main.open()) {
        show(session.main, installation.delete(path(id, outside.segments())).asJsonObject());
        return ExitCode.OK.status;
      }
    }
  }

  @Command(
      name = "traffic",
      mixinStandardHelpOptions = true,
      description = "What a session has sent to other hosts and received, in all its life.",
      footerHeading = "%nExamples:%n",
      footer = "  mobidesk session traffic ada-1 --json")
  static final class Traffic implements Callable<Integer> {
    @ParentCommand private SessionCommand session;

    @Parameters(index = "0", paramLabel = "ID")
    private String id;

    @Override
    public Integer call() {
      try (Installation installation = session.main.open()) {
        JsonObject traffic = installation.get(path(id, "traffic")).asJsonObject();
        if (session.main.json()) {
          session.main.print(traffic);
          return ExitCode.OK.status;
        }
        Table table = new Table("DIRECTION", "PACKETS", "BYTES");
        for (String direction : List.of("Out", "In")) {
          table.row(
              direction.toLowerCase(Locale.ROOT),
              traffic.getJsonNumber("packets" + direction),
              Units.bytes(traffic.getJsonNumber("bytes" + direction).longValue()));
        }
        table.print(session.main.out());
        return ExitCode.OK.status;
      }
    }
  }

  private static void show(Main main, JsonObject policy) {
    if (main.json()) {
      main.print(policy);
      return;
    }
    Table table = new Table("FIELD", "VALUE");
    String allow = words(policy.getJsonArray("allow"));
    table.row(
        "outside hosts",
        !policy.getBoolean("restricted") ? "all" : allow.isEmpty() ? "none" : allow);
    String peers = words(policy.getJsonArray("peers"));
    table.row("other sessions", peers.isEmpty() ? "none" : peers);
    table.row("sends at most", rate(policy, "outRate"));
    table.row("receives at most", rate(policy, "inRate"));
    for (JsonObject p : policy.getJsonArray("published").getValuesAs(JsonObject.class)) {
      table.row(
          "published",
          p.getString("protocol") + "/" + p.getInt("outsidePort") + " to port " + p.getInt("port"));
    }
    table.print(main.out());
  }

  private static String words(JsonArray array) {
    return array.getValuesAs(JsonString.class).stream()
        .map(JsonString::getString)
        .collect(Collectors.joining(" "));
  }

  private static String rate(JsonObject policy, String name) {
    long rate = policy.getJsonNumber(name).longValue();
    return rate == 0 ? "no limit" : Units.bytes(rate) + " per second";
  }
}
