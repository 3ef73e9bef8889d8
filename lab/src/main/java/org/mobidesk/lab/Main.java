package org.mobidesk.lab;

import org.mobidesk.lab.process.CommandFailed;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code ./mobidesk} runs for everything that is about this machine. */
@Command(
    name = "mobidesk",
    description = "A whole MobiDesk on one machine.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SetupCommand.class,
      TemplateCommand.class,
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      DemoCommand.class,
      TestCommand.class,
      ViewerCommand.class
    })
public final class Main {
  private Main() {}

  /** Exit status: 0 done, 1 something did not work, 2 the command line is wrong. */
  public static void main(String[] args) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(Main::explain);
    System.exit(line.execute(args));
  }

  private static int explain(Exception e, CommandLine line, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof LabException || e instanceof CommandFailed) {
      line.getErr().println("mobidesk: " + e.getMessage());
      line.getErr().flush();
      return 1;
    }
    throw e;
  }
}
