package org.mobidesk.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.demo.Demo;
import org.mobidesk.lab.demo.MoveReport;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./mobidesk demo}. */
@Command(
    name = "demo",
    description = {
      "Shows MobiDesk at work: starts a whole system, logs in a viewer, works in the desktop and moves it between two",
      "servers meanwhile. Leaves the system running."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--down", description = "Take everything down at the end.")
  private boolean down;

  @Option(
      names = "--moves",
      paramLabel = "N",
      defaultValue = "2",
      description = "How often the desktop moves (default: ${DEFAULT-VALUE}, there and back).")
  private int moves;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      defaultValue = LabRuns.DEFAULT,
      description = "Name of the run (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(
      names = "--running",
      description = "Use the run that is up, with a new session, instead of starting it anew.")
  private boolean running;

  @Option(
      names = "--pictures",
      description = "Put the pictures into docs/pictures of the checkout, too.")
  private boolean pictures;

  @Override
  public Integer call() throws IOException {
    if (moves < 1) {
      throw new LabException("--moves must be at least 1");
    }
    Checkout checkout = Checkout.find();
    LabRun run = new LabRun(name);
    if (!(running && LabAccess.exists(run))) {
      new LabRemoval(run).remove();
    }
    return LabRuns.removedUnlessDone(
        run,
        () -> {
          try (Demo demo = new Demo(checkout, run, new Progress(System.err), System.out, moves)) {
            return report(checkout, run, demo, demo.play());
          }
        });
  }

  private int report(Checkout checkout, LabRun run, Demo demo, List<Demo.Outcome> outcomes) {
    if (!demo.moves().isEmpty()) {
      MoveReport report = new MoveReport(demo.moves());
      System.out.print("\n" + report.table() + "\n");
      Path results = checkout.root().resolve("docs/results");
      report.write(results);
      demo.growth().ifPresent(g -> g.write(results));
      System.out.println("results:  " + results);
      System.out.println("pictures: " + demo.pictures());
    }
    if (pictures && outcomes.stream().allMatch(Demo.Outcome::ok)) {
      copyPictures(demo.pictures(), checkout.root().resolve("docs/pictures"));
    }
    if (down) {
      demo.close();
      new LabRemoval(run).remove();
    } else if (demo.access() != null) {
      System.out.print("\n" + LabRuns.describe(run, demo.access()));
    }
    long ok = outcomes.stream().filter(Demo.Outcome::ok).count();
    System.out.printf("demo: %d of %d steps ok%n", ok, outcomes.size());
    return ok == outcomes.size() ? 0 : 1;
  }

  private static void copyPictures(Path from, Path to) {
    try (var all = Files.list(from)) {
      Files.createDirectories(to);
      for (Path p : all.toList()) {
        Files.copy(p, to.resolve(p.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new LabException("cannot copy the pictures to " + to, e);
    }
  }
}
