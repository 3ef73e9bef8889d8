package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonStructure;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonGenerator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code mobidesk}, as far as it speaks to a running installation. */
@Command(
    name = "mobidesk",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Operates a MobiDesk installation over its REST interface.",
    subcommands = {
      SessionCommand.class,
      ServerCommand.class,
      WorkflowCommand.class,
      AuditCommand.class,
      LoginCommand.class,
      LogoutCommand.class,
      GenerateCompletion.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  mobidesk session list",
      "  mobidesk session migrate demo-1 server2",
      "  mobidesk session exec demo-1 --root -- ps ax",
      "  mobidesk workflow show 7 --json",
      "",
      "Which installation: --url and --ca, or MOBIDESK_URL and MOBIDESK_CA, or the",
      "context file of `mobidesk demo` and `mobidesk up` (or that of MOBIDESK_CONTEXT).",
      "Passwords are asked for, or read from the file in MOBIDESK_PASSWORD_FILE.",
    },
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:done",
      "1:not done: the message says at which step and why",
      "2:wrong usage",
      "3:no such session, server or workflow",
      "4:not logged in or not allowed",
      "5:the proxy cannot be reached or does not prove its identity",
    })
public final class Main {
  @Option(
      names = "--url",
      scope = ScopeType.INHERIT,
      paramLabel = "URL",
      description = "The proxy, for example https://198.18.0.1:8443.")
  private String url;

  @Option(
      names = "--ca",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "Certificate authority of the installation, PEM.")
  private Path ca;

  @Option(
      names = "--json",
      scope = ScopeType.INHERIT,
      description = "Print what the REST interface answered instead of a table.")
  private boolean json;

  @Spec private CommandSpec spec;

  private final Map<String, String> environment;

  Main(Map<String, String> environment) {
    this.environment = environment;
  }

  static CommandLine commandLine(Map<String, String> environment) {
    CommandLine line = new CommandLine(new Main(environment));
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof CommandException known) {
            command.getErr().println("mobidesk: " + known.getMessage());
            return known.exitCode.status;
          }
          throw failure;
        });
    return line;
  }

  /** Runs one command; see the help for the exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine(System.getenv()).execute(arguments));
  }

  Installation open() {
    return new Installation(Context.of(url, ca, environment), environment);
  }

  boolean json() {
    return json;
  }

  PrintWriter out() {
    return spec.commandLine().getOut();
  }

  void print(JsonValue value) {
    if (!(value instanceof JsonStructure structure)) {
      return;
    }
    var writers = Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true));
    PrintWriter out = out();
    writers.createWriter(out).write(structure);
    out.println();
    out.flush();
  }

  /** Says the version of the jar that was started. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "mobidesk "
            + Optional.ofNullable(Main.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)")
      };
    }
  }
}
