package org.mobidesk.lab.node;

import java.util.List;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;

/** The addresses that servers have given to sessions, as the servers' kernels know them. */
final class PhysicalAddresses {
  private PhysicalAddresses() {}

  /** Those on one server, sorted: each is an address of its own on the link of the tier. */
  static List<String> on(LabRun run, String server) {
    return LabHost.find(run, server)
        .command("ip", "-4", "-o", "address", "show", "dev", LabNetwork.TIER_LINK)
        .run()
        .text()
        .lines()
        .map(l -> l.split("\\s+")[3])
        .filter(a -> a.endsWith("/32"))
        .map(a -> a.substring(0, a.indexOf('/')))
        .sorted()
        .toList();
  }
}
