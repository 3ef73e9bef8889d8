package org.mobidesk.lab;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/** What the commands about runs have in common. */
final class LabRuns {
  /** The run that is meant when none is named. */
  static final String DEFAULT = "demo";

  private LabRuns() {}

  /**
   * Does {@code work}, and removes all of the run when it fails or is interrupted: then this
   * program has been asked to end (Ctrl-C).
   */
  static <T> T removedUnlessDone(LabRun run, Supplier<T> work) {
    boolean done = false;
    try {
      T result = work.get();
      done = !Thread.currentThread().isInterrupted();
      return result;
    } finally {
      if (!done) {
        removeUninterrupted(run);
      }
    }
  }

  /**
   * In a thread of its own: Ctrl-C ends the programs that this one waits for, too, and interrupts
   * this one only when it is already tidying up after their failure.
   */
  private static void removeUninterrupted(LabRun run) {
    try {
      CompletableFuture.runAsync(
              () -> {
                Path logs = keepLogs(run);
                System.err.println(
                    "taking run " + run.name() + " down; its logs are kept in " + logs);
                new LabRemoval(run).remove();
              })
          .join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private static Path keepLogs(LabRun run) {
    Path kept = Checkout.find().root().resolve("lab/target/logs-" + run.name());
    Command.of("rm", "-rf", kept.toString()).attempt();
    Command.of("cp", "-r", run.logs().toString(), kept.toString()).attempt();
    return kept;
  }

  /** For a person who has just started it, or has forgotten. */
  static String describe(LabRun run, LabAccess access) {
    return """
        run %s: https://%s
          desktop login:  user %s, password %s
          administrator:  user %s, password %s
          its authority:  %s
          logs:           %s
        try next:
          ./mobidesk session list
          ./mobidesk session migrate ID SERVER
          ./mobidesk viewer
          ./mobidesk down
        """
        .formatted(
            run.name(),
            access.address(),
            access.user(),
            access.password(),
            access.administrator(),
            access.administratorPassword(),
            access.ca(),
            run.logs());
  }
}
