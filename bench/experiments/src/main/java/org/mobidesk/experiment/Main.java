package org.mobidesk.experiment;

import org.mobidesk.experiment.display.DisplayCommand;
import org.mobidesk.experiment.login.LoginCommand;
import org.mobidesk.experiment.migrate.MigrateCommand;
import org.mobidesk.experiment.net.NetCommand;
import org.mobidesk.experiment.os.OsCommand;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.CommandFailed;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What {@code ./mobidesk bench} runs. */
@Command(
    name = "mobidesk",
    mixinStandardHelpOptions = true,
    subcommands = Main.BenchCommand.class,
    description = "Benchmarks of MobiDesk.")
public final class Main {
  private Main() {}

  /** {@code ./mobidesk bench NAME}. */
  @Command(
      name = "bench",
      mixinStandardHelpOptions = true,
      subcommands = {
        DisplayCommand.class,
        LoginCommand.class,
        MigrateCommand.class,
        NetCommand.class,
        OsCommand.class
      },
      description = {
        "Measures MobiDesk beside the plain machine or its peers, in turn, and writes tables and plots.",
        "Run it on a machine that does nothing else."
      })
  static final class BenchCommand {}

  /** Exit status: 0 measured, 1 something did not work, 2 the command line is wrong. */
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
