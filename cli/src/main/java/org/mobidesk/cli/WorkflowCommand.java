package org.mobidesk.cli;

import static org.mobidesk.cli.Installation.segment;

import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "workflow",
    mixinStandardHelpOptions = true,
    description = "Workflows: what was done to sessions, step by step.",
    synopsisSubcommandLabel = "COMMAND")
final class WorkflowCommand {
  @ParentCommand private Main main;

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists what was done to a session, newest first.")
  int list(@Parameters(paramLabel = "SESSION") String session) {
    try (Installation installation = main.open()) {
      JsonArray workflows = installation.list(SessionCommand.path(session) + "/workflows");
      if (main.json()) {
        main.print(workflows);
        return ExitCode.OK.status;
      }
      Table table = new Table("ID", "KIND", "STATE", "STARTED", "FAILURE");
      for (JsonObject workflow : workflows.getValuesAs(JsonObject.class)) {
        table.row(
            workflow.getString("id"),
            workflow.getString("kind"),
            workflow.getString("state"),
            workflow.getString("started"),
            workflow.get("failure") instanceof JsonObject failure
                ? failure.getString("message", "")
                : "");
      }
      table.print(main.out());
      return ExitCode.OK.status;
    }
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Shows a workflow, its steps, and what they took.")
  int show(
      @Parameters(paramLabel = "ID") String id,
      @Option(names = "--wait", description = "Follow it to its end.") boolean wait) {
    try (Installation installation = main.open()) {
      JsonObject workflow = installation.get("workflows/" + segment(id)).asJsonObject();
      if (wait) {
        workflow = installation.follow(workflow, main.out(), main.json());
      } else if (!main.json()) {
        new WorkflowView(main.out(), false).show(workflow);
      }
      return conclude(main, workflow);
    }
  }

  /** Prints the workflow if JSON is wanted, and turns its end into an exit status. */
  static int conclude(Main main, JsonObject workflow) {
    if (main.json()) {
      main.print(workflow);
    }
    if (workflow.getString("state").equals("failed")) {
      throw new CommandException(ExitCode.FAILED, WorkflowView.failure(workflow));
    }
    return ExitCode.OK.status;
  }
}
