package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/**
 * What root in a session reaches of a whole installation: outside hosts, and no port that anything
 * listens on at a server or the proxy, under none of their addresses; nor where clouds tell
 * machines about themselves.
 */
@Tag("long")
class ReachIT {
  private static final List<String> HOSTS = List.of(LabNetwork.PROXY, "server1", "server2");

  /** Of the session's own link, and of clouds. */
  private static final List<String> LINK_LOCAL =
      List.of("169.254.1.1", "169.254.2.1", "169.254.169.254");

  private static final int SSH_PORT = 22;

  private final LabRun run = new LabRun("rch" + ProcessHandle.current().pid() % 1_000_000);
  private final Checkout checkout = Checkout.find();

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void rootInASessionReachesOutsideHostsOnly() {
    LabAccess access = new Lab(checkout, new Progress(System.out), run).start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      RestApi api = new RestApi(access, client);
      String session = api.create("ada", "minimal", "server1").getString("session");

      Set<Integer> ports = new TreeSet<>(Set.of(SSH_PORT, 80));
      Set<String> addresses = new TreeSet<>(LINK_LOCAL);
      for (String host : HOSTS) {
        Set<Integer> open = openPorts(host);
        assertFalse(open.isEmpty(), "nothing listens on " + host);
        ports.addAll(open);
        addresses.addAll(addresses(host));
      }
      List<String> targets = new ArrayList<>();
      addresses.forEach(a -> ports.forEach(p -> targets.add(a + ":" + p)));
      System.out.println(targets.size() + " targets: " + addresses + " " + ports);

      assertTrue(
          reached(script(targets), host("server2")).size() > HOSTS.size(),
          "a server does not reach its neighbours either");
      assertEquals(List.of(), reachedFromInside(session, targets));
      String outside = LabNetwork.OUTSIDE_ADDRESS + ":" + SSH_PORT;
      assertEquals(List.of(outside), reachedFromInside(session, List.of(outside)));
      api.destroy(session);
    }
  }

  private LabHost host(String name) {
    return LabHost.find(run, name);
  }

  private Set<Integer> openPorts(String host) {
    Set<Integer> ports = new TreeSet<>();
    host(host)
        .command("ss", "-Hltn")
        .run()
        .out()
        .lines()
        .map(l -> l.strip().split("\\s+")[3])
        .forEach(l -> ports.add(Integer.parseInt(l.substring(l.lastIndexOf(':') + 1))));
    return ports;
  }

  private List<String> addresses(String host) {
    return host(host)
        .command("ip", "-4", "-o", "address", "show")
        .run()
        .out()
        .lines()
        .map(l -> l.strip().split("\\s+")[3].split("/")[0])
        .filter(a -> !a.startsWith("127."))
        .toList();
  }

  /** Says "reached ADDRESS:PORT" of each that accepts a connection. */
  private static String script(List<String> targets) {
    return """
        for t in %s; do
          (timeout 5 bash -c "</dev/tcp/${t%%:*}/${t#*:}" 2>/dev/null && echo "reached $t") &
        done
        wait
        """
        .formatted(String.join(" ", targets));
  }

  private List<String> reached(String script, LabHost from) {
    return lines(from.command("sh", "-c", script).run().out()).toList();
  }

  private List<String> reachedFromInside(String session, List<String> targets) {
    return lines(
            HostDaemon.control(HostDaemon.controlProgram(checkout), host("server1"))
                .with(List.of("exec", "--root", session, "sh", "-c", script(targets)))
                .run()
                .out())
        .toList();
  }

  private static Stream<String> lines(String out) {
    return out.lines()
        .filter(l -> l.startsWith("reached "))
        .map(l -> l.substring("reached ".length()));
  }
}
