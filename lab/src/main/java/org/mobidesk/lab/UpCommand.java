package org.mobidesk.lab;

import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./mobidesk up [RUN]}. */
@Command(
    name = "up",
    description = "Starts a proxy, two servers and an outside host, and leaves them running.",
    mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "RUN",
      arity = "0..1",
      defaultValue = LabRuns.DEFAULT,
      description = "name of the run (default: ${DEFAULT-VALUE})")
  private String name;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      defaultValue = "xfce",
      description = "What sessions are made from (default: ${DEFAULT-VALUE}).")
  private String template;

  @Override
  public Integer call() {
    LabRun run = new LabRun(name);
    if (LabAccess.exists(run)) {
      throw new LabException(
          "run " + name + " is up: `./mobidesk status` shows it, `./mobidesk down` ends it");
    }
    // What an earlier start has left, if it was stopped in the middle.
    new LabRemoval(run).remove();
    LabAccess access =
        LabRuns.removedUnlessDone(
            run,
            () -> new Lab(Checkout.find(), new Progress(System.err), run).start(List.of(template)));
    System.out.print(LabRuns.describe(run, access));
    return 0;
  }
}
