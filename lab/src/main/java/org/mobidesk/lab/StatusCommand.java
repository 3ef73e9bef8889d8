package org.mobidesk.lab;

import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import picocli.CommandLine.Command;

/** {@code ./mobidesk status}. */
@Command(
    name = "status",
    description = "Shows what is running, its address and its login.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    List<LabRun> all = LabRun.all();
    for (LabRun run : all) {
      System.out.print(
          LabAccess.exists(run)
              ? LabRuns.describe(run, LabAccess.read(run))
              : "run %s: not whole; `./mobidesk down %1$s` removes it%n".formatted(run.name()));
    }
    if (all.isEmpty()) {
      System.out.println("nothing is running; `./mobidesk demo` or `./mobidesk up` starts it");
    }
    return 0;
  }
}
