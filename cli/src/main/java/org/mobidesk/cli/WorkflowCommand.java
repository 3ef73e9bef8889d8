package org.mobidesk.cli;

import static org.mobidesk.cli.Installation.segment;

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
