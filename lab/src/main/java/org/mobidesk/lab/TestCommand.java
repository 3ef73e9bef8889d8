package org.mobidesk.lab;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.mobidesk.lab.report.TestTotals;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.TemplateImage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./mobidesk test}. */
@Command(
    name = "test",
    description =
        "Prepares what tests need, runs all of them, and says how many passed, failed and were skipped.",
    mixinStandardHelpOptions = true)
final class TestCommand implements Callable<Integer> {
  @Option(
      names = "--all",
      description =
          "The long ones, too: many migrations in a row, between kernels, the demo stopped in each phase,"
              + " and programs that draw in all ways there are.")
  private boolean all;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.err);
    TemplateImage images = new TemplateImage(checkout, progress);
    images.make("minimal");
    images.make("xfce");
    if (all) {
      images.make("kde");
    }

    TestTotals.forget(checkout.root());
    progress.say("building and testing everything");
    int build = verify(checkout);
    TestTotals totals = TestTotals.read(checkout.root());
    progress.say("done");
    totals.failures().forEach(name -> System.out.println("failed: " + name));
    if (build != 0) {
      System.out.println("the build ended with status " + build + "; its first error is above");
    }
    System.out.println(totals);
    return build == 0 && totals.failures().isEmpty() ? 0 : 1;
  }

  /**
   * A test that fails does not keep the others from being run; anything else that is wrong ends the
   * build.
   */
  private int verify(Checkout checkout) throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "mvn",
                "-B",
                "-ntp",
                "--fail-at-end",
                "-Dmaven.test.failure.ignore=true",
                "-Dmobidesk.cache=" + checkout.cache()));
    if (all) {
      words.add("-Dmobidesk.test.moves=20");
      words.add("-Dmobidesk.test.kernels=true");
      words.add("-Dmobidesk.test.excluded=");
      words.add("-Dmobidesk.test.desktops=true");
      words.add("-Dmeson.test.setup=all");
    }
    words.add("verify");
    ProcessBuilder b = new ProcessBuilder(words).directory(checkout.root().toFile()).inheritIO();
    b.environment().put("JAVA_HOME", System.getProperty("java.home"));
    b.environment().put("MOBIDESK_CACHE", checkout.cache().toString());
    b.environment().put("MOBIDESK_CRIU_TREE", checkout.cache().resolve("criu").toString());
    b.environment().put("MOBIDESK_TEMPLATES", checkout.templates().toString());
    Process maven = b.start();
    // Who ends this program ends the tests, too: they clean up after themselves.
    Thread onExit =
        new Thread(
            () -> {
              maven.descendants().forEach(ProcessHandle::destroy);
              maven.destroy();
            });
    Runtime.getRuntime().addShutdownHook(onExit);
    int status = maven.waitFor();
    Runtime.getRuntime().removeShutdownHook(onExit);
    return status;
  }
}
