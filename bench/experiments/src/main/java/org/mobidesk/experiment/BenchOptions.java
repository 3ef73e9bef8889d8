package org.mobidesk.experiment;

import java.io.IOException;
import java.nio.file.Path;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine.Option;

/** What every benchmark can be told; a picocli mixin. */
public final class BenchOptions {
  /** Fewer say nothing about noise. */
  public static final int LEAST_PAIRS = 5;

  @Option(
      names = "--pairs",
      defaultValue = "5",
      description =
          "How often everything is measured in turn; results of fewer than 5 are not kept.")
  private int pairs;

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where the results are written (default: docs/results of the checkout).")
  private Path directory;

  public int pairs() {
    if (pairs < 1) {
      throw new LabException("--pairs " + pairs + ": at least 1, and 5 for results to keep");
    }
    return pairs;
  }

  /**
   * Shows the results, and writes them unless they are of too few pairs.
   *
   * @return for the person: the table, and where it is or why it is nowhere
   */
  public String report(Results results) {
    if (pairs < LEAST_PAIRS) {
      return results.table() + "\nnot written: fewer than " + LEAST_PAIRS + " pairs";
    }
    Path to = directory != null ? directory : Checkout.find().root().resolve("docs/results");
    try {
      results.write(to);
    } catch (IOException e) {
      throw new LabException("cannot write the results into " + to, e);
    }
    return results.table() + "\nwritten: " + to.resolve(results.name() + ".md");
  }
}
