package org.mobidesk.experiment.migrate;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.host.TemporaryRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.OutsideHost;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.node.SessionShell;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code ./mobidesk bench migrate}. */
@CommandLine.Command(
    name = "migrate",
    mixinStandardHelpOptions = true,
    description = {
      "Moves desktops with their applications open between two servers, through the whole control plane,",
      "and shows how long the applications stood still and where that time went."
    })
public final class MigrateCommand implements Callable<Integer> {
  private static final List<String> SERVERS = List.of("server1", "server2");
  private static final Duration STARTING = Duration.ofMinutes(3);

  /** What a desktop does when it has just started is not what is measured. */
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private static final Duration BETWEEN = Duration.ofSeconds(1);
  private static final int LEAST_MOVES = 5;

  private static final Duration GOES_ON = Duration.ofSeconds(60);

  /** Counts that may have been on the way when the session was stopped. */
  private static final long MOST_UNDER_WAY = 20;

  private record Phase(String name, String timing) {}

  /** In the order of the time that passes; dump has parts. */
  private static final List<Phase> PHASES =
      List.of(
          new Phase("applications stopped", "stoppedUs"),
          new Phase("freeze", "freezeUs"),
          new Phase("dump", "dumpUs"),
          new Phase("dump: taking pages", "pagesUs"),
          new Phase("dump: writing pages", "writeUs"),
          new Phase("transfer, not hidden by the dump", "transferUs"),
          new Phase("restore: disk, mounts", "prepareUs"),
          new Phase("restore: processes", "restoreUs"),
          new Phase("resume", "resumeUs"),
          new Phase("display answers, after resume", "displayUs"),
          new Phase("network: packets held", "heldUs"));

  @Option(
      names = "--moves",
      paramLabel = "N",
      defaultValue = "20",
      description = "Moves of each desktop; results of fewer than 5 are not kept.")
  private int moves;

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "NAME",
      description = "Some workloads: minimal, xfce, kde, \"1 GB touched\" (default: all).")
  private Set<String> only = Set.of();

  @Option(
      names = "--results",
      paramLabel = "DIR",
      description = "Where the results are written (default: docs/results of the checkout).")
  private Path directory;

  @Override
  public Integer call() throws IOException {
    if (moves < 1) {
      throw new LabException("--moves " + moves + ": at least 1");
    }
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.err);
    List<Workload> workloads = workloads(checkout);
    Results results =
        Results.of("migrate")
            .note(
                "Each desktop moved "
                    + moves
                    + " times between two servers with WildFly, proxy and gateway on one machine; no viewer.")
            .note(
                "The dump is sent while it is made; the messages of the workflow travel while the target restores. So"
                    + " the phases overlap and do not add up to the time that applications stood still.")
            .note(
                "The paper (2004): 0.85 s checkpoint and 0.94 s restart; image 35 MB, 8.8 MB compressed.");
    try (TemporaryRun temporary = TemporaryRun.begin("mig")) {
      List<String> templates = workloads.stream().map(Workload::template).distinct().toList();
      LabAccess access = new Lab(checkout, progress, temporary.run()).start(templates);
      try (HttpClient client = access.client()) {
        RestApi api = new RestApi(access, client);
        for (Workload workload : workloads) {
          progress.say(workload.name() + ": " + moves + " moves");
          results = rows(results, workload, measure(api, temporary.run(), workload));
        }
      }
    }
    System.out.println(results.table());
    if (moves >= LEAST_MOVES && only.isEmpty()) {
      Path to = directory != null ? directory : checkout.root().resolve("docs/results");
      results.write(to);
      System.out.println("written: " + to.resolve("migrate.md"));
    }
    return 0;
  }

  /** Those whose template this checkout has. */
  private List<Workload> workloads(Checkout checkout) {
    List<Workload> all =
        Workload.ALL.stream()
            .filter(w -> only.isEmpty() || only.contains(w.name()))
            .filter(w -> Files.exists(checkout.root().resolve("templates/" + w.template())))
            .toList();
    if (all.isEmpty()) {
      throw new LabException("no such workload: " + only);
    }
    return all;
  }

  private List<JsonObject> measure(RestApi api, LabRun run, Workload workload) {
    String id =
        done(api.create("bench", workload.template(), SERVERS.getFirst())).getString("session");
    OutsideHost outside = new OutsideHost(run);
    try {
      SessionShell shell = new SessionShell(api, id);
      outside.admit(shell);
      shell.run(workload.prepare());
      for (String command : workload.commands()) {
        shell.run("setsid -f " + command + " >/dev/null 2>&1 </dev/null");
      }
      Waiting.until(
          "the applications of " + workload.name(),
          STARTING,
          () ->
              shell.attempt(workload.ready()).exit() == 0
                  && (!workload.counts() || outside.counter().isPresent()));
      pause(SETTLE);
      List<JsonObject> timings = new ArrayList<>();
      for (int i = 1; i <= moves; i++) {
        OptionalLong before = outside.counter();
        timings.add(
            done(api.migrate(id, SERVERS.get(i % SERVERS.size()))).getJsonObject("timings"));
        if (shell.attempt(workload.ready()).exit() != 0) {
          throw new LabException(
              "after move " + i + " of " + workload.name() + " not all of its applications are up");
        }
        if (workload.counts()) {
          Waiting.until(
              "the counter behind ssh to go on beyond " + before.getAsLong(),
              GOES_ON,
              () -> outside.counter().orElse(0) > before.getAsLong() + MOST_UNDER_WAY);
        }
        pause(BETWEEN);
      }
      return timings;
    } finally {
      api.destroy(id);
    }
  }

  private static JsonObject done(JsonObject workflow) {
    if (!workflow.getString("state").equals("done")) {
      throw new LabException(workflow.getString("kind") + " failed: " + workflow.get("failure"));
    }
    return workflow;
  }

  private static Results rows(Results results, Workload workload, List<JsonObject> timings) {
    Results all =
        results
            .row(workload.name(), "processes", "count", samples(timings, "processes", 1))
            .row(workload.name(), "image", "MB", samples(timings, "imageBytes", 1e6))
            .row(
                workload.name(),
                "sent while it runs",
                "MB",
                samples(timings, "memorySentBytes", 1e6))
            .row(
                workload.name(),
                "sent while it runs, for",
                "ms",
                samples(timings, "memorySentUs", 1000))
            .row(
                workload.name(),
                "sent while it stands still",
                "MB",
                samples(timings, "transferBytes", 1e6));
    for (Phase phase : PHASES) {
      all = all.row(workload.name(), phase.name(), "ms", samples(timings, phase.timing(), 1000));
    }
    return all;
  }

  private static double[] samples(List<JsonObject> timings, String name, double scale) {
    return timings.stream().mapToDouble(t -> t.getJsonNumber(name).doubleValue() / scale).toArray();
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }
}
