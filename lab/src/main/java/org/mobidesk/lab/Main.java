package org.mobidesk.lab;

import java.util.concurrent.CountDownLatch;
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
    CountDownLatch ended = new CountDownLatch(1);
    interruptWhenAskedToEnd(Thread.currentThread(), ended);
    int status;
    try {
      status = line.execute(args);
    } finally {
      ended.countDown();
    }
    System.exit(status);
  }

  /**
   * Ctrl-C and SIGTERM interrupt the command, and wait until it has tidied up. Nobody else tidies
   * up meanwhile: what the command is just about to start would be left.
   */
  private static void interruptWhenAskedToEnd(Thread command, CountDownLatch ended) {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  command.interrupt();
                  try {
                    ended.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
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
