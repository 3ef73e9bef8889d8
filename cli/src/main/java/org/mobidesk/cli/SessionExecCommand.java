package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "exec",
    mixinStandardHelpOptions = true,
    description =
        "Runs a command inside a session, for support. It is audited, and ends with the command's own"
            + " exit status.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  mobidesk session exec ada-1 -- ps ax",
      "  mobidesk session exec ada-1 --root -- tail /var/log/dpkg.log",
      "  echo text | mobidesk session exec ada-1 --stdin -- tee note",
    })
final class SessionExecCommand implements Callable<Integer> {
  @ParentCommand private SessionCommand session;

  @Parameters(index = "0", paramLabel = "ID")
  private String id;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD")
  private List<String> command;

  @Option(names = "--root", description = "As root of the session, not as its user.")
  private boolean root;

  @Option(names = "--stdin", description = "Give it this command's standard input, at most 1 MiB.")
  private boolean stdin;

  @Override
  public Integer call() throws IOException {
    try (Installation installation = session.main.open()) {
      JsonArrayBuilder argv = Json.createArrayBuilder();
      command.forEach(argv::add);
      JsonObjectBuilder body = Json.createObjectBuilder().add("argv", argv).add("root", root);
      if (stdin) {
        body.add("stdin", Base64.getEncoder().encodeToString(System.in.readAllBytes()));
      }
      JsonObject result =
          installation.post(SessionCommand.path(id) + "/exec", body.build()).asJsonObject();
      if (session.main.json()) {
        session.main.print(result);
      } else {
        write(System.out, result.getString("stdout", ""));
        write(System.err, result.getString("stderr", ""));
      }
      return result.getInt("exit");
    }
  }

  private static void write(OutputStream stream, String base64) throws IOException {
    stream.write(Base64.getDecoder().decode(base64));
    stream.flush();
  }
}
