package org.mobidesk.cli;

import static org.mobidesk.cli.Installation.segment;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = "Shows who did what, newest first.")
final class AuditCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Option(names = "--session", paramLabel = "ID", description = "Only what was done to it.")
  private String session;

  @Override
  public Integer call() {
    try (Installation installation = main.open()) {
      JsonArray records =
          installation.list(session == null ? "audit" : "audit?session=" + segment(session));
      if (main.json()) {
        main.print(records);
        return ExitCode.OK.status;
      }
      Table table = new Table("TIME", "ACTOR", "FROM", "ACTION", "SESSION", "DETAIL");
      for (JsonObject entry : records.getValuesAs(JsonObject.class)) {
        table.row(
            entry.getString("time", "-"),
            entry.getString("actor", "-"),
            entry.getString("origin", "-"),
            entry.getString("action", "-"),
            entry.getString("session", "-"),
            entry.getString("detail", ""));
      }
      table.print(main.out());
      return ExitCode.OK.status;
    }
  }
}
