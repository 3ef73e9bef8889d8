package org.mobidesk.lab;

import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code ./mobidesk down [RUN]}. */
@Command(
    name = "down",
    description = {
      "Ends a run, or all of them, and removes everything that belongs to it: processes, mounts, namespaces, links, files.",
      "Finds what was left by a start that was killed, too."
    },
    mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
  @Parameters(paramLabel = "RUN", arity = "0..1", description = "name of the run (default: all)")
  private String name;

  @Override
  public Integer call() {
    List<LabRun> runs = name == null ? LabRun.all() : List.of(new LabRun(name));
    for (LabRun run : runs) {
      new LabRemoval(run).remove();
      System.err.println("run " + run.name() + " is gone");
    }
    return 0;
  }
}
