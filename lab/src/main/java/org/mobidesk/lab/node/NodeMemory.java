package org.mobidesk.lab.node;

import jakarta.json.Json;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/**
 * What a node keeps in memory when it has nothing to do. Bytes.
 *
 * @param heap of WildFly, in use after two collections
 * @param wildFly resident set of WildFly
 * @param daemon resident set of the host daemon
 */
public record NodeMemory(String node, long heap, long wildFly, long daemon) {
  /** The second one collects what the first has finalized. */
  private static final String COLLECT = "/core-service=platform-mbean/type=memory:gc";

  private static final String HEAP =
      "/core-service=platform-mbean/type=memory:read-attribute(name=heap-memory-usage)";

  /** Collects the garbage of a node, and measures. */
  public static NodeMemory of(Checkout checkout, LabRun run, String node) {
    LabHost host = LabHost.find(run, node);
    return new NodeMemory(
        node,
        heap(checkout, host),
        resident(NodeProcess.wildFly(host).orElseThrow()),
        resident(NodeProcess.hostDaemon(host).orElseThrow()));
  }

  /** The nodes of a run, proxy first. */
  public static List<NodeMemory> of(Checkout checkout, LabRun run) {
    return Lab.NODES.stream().map(node -> of(checkout, run, node)).toList();
  }

  private static long heap(Checkout checkout, LabHost host) {
    String answers =
        host.command(
                "setpriv",
                "--reuid",
                Account.NAME,
                "--regid",
                Account.NAME,
                "--clear-groups",
                "env",
                "HOME=/tmp",
                "JAVA_HOME=" + System.getProperty("java.home"),
                new WildFlyDistribution(checkout).home().resolve("bin/jboss-cli.sh").toString(),
                "--connect",
                "--output-json",
                "--commands=" + String.join(",", COLLECT, COLLECT, HEAP))
            .run()
            .out();
    String last = answers.substring(answers.lastIndexOf("\n{") + 1);
    try (var reader = Json.createReader(new StringReader(last))) {
      return reader.readObject().getJsonObject("result").getJsonNumber("used").longValueExact();
    }
  }

  private static long resident(NodeProcess process) {
    Path status = Path.of("/proc", Long.toString(process.handle().pid()), "status");
    try (var lines = Files.lines(status)) {
      return lines
              .filter(l -> l.startsWith("VmRSS:"))
              .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          << 10;
    } catch (IOException e) {
      throw new LabException("cannot read " + status, e);
    }
  }
}
