package org.mobidesk.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.demo.ViewerProgram;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./mobidesk viewer}. */
@Command(
    name = "viewer",
    description = "Opens a viewer, logged in to a run that is up, on your display.",
    mixinStandardHelpOptions = true)
final class ViewerCommand implements Callable<Integer> {
  @Option(
      names = "--run",
      paramLabel = "RUN",
      defaultValue = LabRuns.DEFAULT,
      description = "Name of the run (default: ${DEFAULT-VALUE}).")
  private String name;

  @Parameters(
      paramLabel = "OPTION",
      arity = "0..*",
      description = "more options of the viewer, after --")
  private List<String> more = List.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    LabRun run = new LabRun(name);
    LabAccess access = LabAccess.read(run);
    String display = System.getenv("DISPLAY");
    if (display == null || display.isEmpty()) {
      throw new LabException("there is no display to show windows on: set DISPLAY");
    }
    Path password = Files.createTempFile(run.directory(), "password", "");
    try {
      Files.writeString(password, access.password() + "\n");
      List<String> words = new ArrayList<>(ViewerProgram.words(Checkout.find(), List.of()));
      words.addAll(
          List.of(
              "--server",
              access.address(),
              "--user",
              access.user(),
              "--password-file",
              password.toString(),
              "--ca",
              access.ca().toString()));
      words.addAll(more);
      return new ProcessBuilder(words).inheritIO().start().waitFor();
    } finally {
      Files.deleteIfExists(password);
    }
  }
}
