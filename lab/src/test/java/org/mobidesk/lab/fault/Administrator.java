package org.mobidesk.lab.fault;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/** A person with the administrator's command: what it prints and how it ends. */
record Administrator(Checkout checkout, LabRun run, Path passwordFile) {

  /** Runs {@code mobidesk WORDS}. */
  Command.Result does(String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "env",
                "MOBIDESK_CONTEXT=" + run.directory().resolve("context.json"),
                "MOBIDESK_PASSWORD_FILE=" + passwordFile,
                "XDG_STATE_HOME=" + passwordFile + ".state",
                System.getProperty("java.home") + "/bin/java",
                "-jar",
                checkout.built("cli/target/mobidesk-cli.jar").toString()));
    all.addAll(List.of(words));
    return Command.of(all).attempt();
  }

  /** The same, meanwhile. */
  CompletableFuture<Command.Result> begins(String... words) {
    CompletableFuture<Command.Result> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                result.complete(does(words));
              } catch (RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }
}
