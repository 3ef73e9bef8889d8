package org.mobidesk.experiment.net;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mobidesk.bench.Results;
import org.mobidesk.experiment.BenchOptions;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.CriuTree;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code ./mobidesk bench net}: runs {@code net-bench}, which measures in turn and prints every
 * sample.
 */
@CommandLine.Command(
    name = "net",
    mixinStandardHelpOptions = true,
    description = {
      "Throughput, latency and connection setup of sessions that have moved and that have not, beside plain",
      "routing; silence after outages and in real moves; ten thousand sessions. See docs/results/net.md."
    })
public final class NetCommand implements Callable<Integer> {
  /** What ours is compared with, as net-bench calls it. */
  private static final String PLAIN = "plain";

  private static final String DROPPED = "dropped";

  @Mixin private BenchOptions options;

  @Option(
      names = "--moves",
      paramLabel = "N",
      defaultValue = "50",
      description =
          "How often a session is really moved, to see how long its connection is silent.")
  private int moves;

  @Override
  public Integer call() {
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.err);
    progress.say("the network, " + options.pairs() + " times in turn");
    Path built = checkout.built("native/target/meson");
    String samples =
        Command.of(built.resolve("bench/net-bench").toString(), Integer.toString(options.pairs()))
            .run()
            .out();
    progress.say(moves + " moves of a session that talks with an outside host");
    samples +=
        Command.of(
                "env",
                "MOBIDESK_CRIU_TREE=" + CriuTree.make(checkout, progress),
                built.resolve("bench/net-blackout").toString(),
                Integer.toString(moves),
                built.resolve("hostd/mobidesk-hostd").toString(),
                built.resolve("init/mobidesk-init").toString(),
                built.resolve("tests/session-app").toString())
            .run()
            .out();
    System.out.println(options.report(results(samples)));
    return 0;
  }

  private Results results(String samples) {
    Results results =
        Results.of("net")
            .note(
                "Hosts are network namespaces with veth links: session, server, proxy and outside host, on one machine."
                    + " Plain: as many hosts with routes and masquerading and nothing of ours. Unmoved: addresses are translated at the proxy."
                    + " Moved: they are translated at the server, too, and packets bear labels.")
            .note(
                "Both ends of a connection have processors of their own. One processor: both on one, which shows what is"
                    + " done and not how long an idle processor takes to wake. A sample is of four short measurements in turn.")
            .note(
                "Silence: the longest pause of a stream of a line each millisecond, less the outage itself. Held: by the"
                    + " gateway's park. Dropped: the same move without a hold, so TCP finds out by its time-out.")
            .note(
                "Move of a session: real checkpoints by real daemons, between two servers on two subnets; both ends of its"
                    + " TCP connection send a line each millisecond. Less the stop: what the network adds to the time that"
                    + " the session's processes stood still; negative where lines were under way at its begin.")
            .note("Rates: more is better, a ratio above 1 is ours; times: less is better.");
    for (var row : gather(samples).entrySet()) {
      String[] name = row.getKey().split("\t");
      Map<String, double[]> systems = row.getValue();
      String peer = systems.containsKey(PLAIN) ? PLAIN : DROPPED;
      double[] other = systems.remove(peer);
      for (var ours : systems.entrySet()) {
        results =
            results.row(
                systems.size() == 1 ? name[1] : name[1] + ", " + ours.getKey(),
                name[0],
                name[2],
                ours.getValue(),
                other == null ? Map.of() : Map.of(peer, other));
      }
    }
    return results;
  }

  /** Samples by "metric, case, unit", then by system, in the order in which they came. */
  private static Map<String, Map<String, double[]>> gather(String samples) {
    Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>();
    for (String line : samples.lines().toList()) {
      String[] parts = line.split("\t");
      if (parts.length != 5) {
        throw new LabException("net-bench printed `" + line + "`, which is no sample");
      }
      rows.computeIfAbsent(parts[0] + "\t" + parts[1] + "\t" + parts[2], k -> new LinkedHashMap<>())
          .computeIfAbsent(parts[3], k -> new ArrayList<>())
          .add(Double.valueOf(parts[4]));
    }
    Map<String, Map<String, double[]>> arrays = new LinkedHashMap<>();
    rows.forEach(
        (row, systems) -> {
          Map<String, double[]> all = new LinkedHashMap<>();
          systems.forEach(
              (system, list) ->
                  all.put(system, list.stream().mapToDouble(Double::doubleValue).toArray()));
          arrays.put(row, all);
        });
    return arrays;
  }
}
