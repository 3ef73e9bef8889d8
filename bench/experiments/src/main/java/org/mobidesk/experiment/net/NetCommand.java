package org.mobidesk.experiment.net;

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
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/**
 * {@code ./mobidesk bench net}: runs {@code net-bench}, which measures in turn and prints every
 * sample.
 */
@CommandLine.Command(
    name = "net",
    mixinStandardHelpOptions = true,
    description = {
      "Throughput, latency and connection setup of sessions that have moved and that have not, beside plain",
      "routing; silence after outages; ten thousand sessions. See docs/results/net.md."
    })
public final class NetCommand implements Callable<Integer> {
  /** What ours is compared with, as net-bench calls it. */
  private static final String PLAIN = "plain";

  private static final String DROPPED = "dropped";

  @Mixin private BenchOptions options;

  @Override
  public Integer call() {
    Checkout checkout = Checkout.find();
    new Progress(System.err).say("the network, " + options.pairs() + " times in turn");
    String samples =
        Command.of(
                checkout.built("native/target/meson/bench/net-bench").toString(),
                Integer.toString(options.pairs()))
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
                "Silence: the longest pause of a stream of a line each millisecond, less the outage itself. Held: by the"
                    + " gateway's park. Dropped: the same move without a hold, so TCP finds out by its time-out.")
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
