package org.mobidesk.lab.host;

import java.util.Map;
import java.util.stream.Stream;

/**
 * IPv6 beside IPv4 on the network of a run, as docs/network.md asks for it: addresses on all hosts,
 * and on the router and the proxy a route to each server's network of physical addresses.
 */
public final class LabIpv6 {
  /** Of the outside host, and of the proxy as outside hosts see it. */
  public static final String OUTSIDE_ADDRESS = "2001:db8:203::10";

  public static final String OUTSIDE_ADDRESS_OF_PROXY = "2001:db8:203::1";

  /** What outside hosts are on. */
  public static final String OUTSIDE_NETWORK = "2001:db8:203::/64";

  /** What all subnets of servers, and their physical addresses, are part of. */
  private static final String TIER = "fd00:73::/32";

  private static final Map<String, String> TIER_ADDRESSES =
      Map.of(LabNetwork.PROXY, "fd00:73::1", "server1", "fd00:73::11", "server2", "fd00:73:1::12");
  private static final Map<String, String> PHYSICAL_NETWORKS =
      Map.of("server1", "fd00:73:a1::/64", "server2", "fd00:73:a2::/64");
  private static final Map<String, String> ROUTERS =
      Map.of("server1", "fd00:73::fe", "server2", "fd00:73:1::fe");

  private static final String SWITCH =
      """
      address add fd00:73::fe/64 dev tier0 nodad
      address add fd00:73:1::fe/64 dev tier1 nodad
      route add fd00:73:a1::/64 via fd00:73::11
      route add fd00:73:a2::/64 via fd00:73:1::12
      route add default via fd00:73::1
      """;
  private static final String PROXY =
      """
      address add fd00:73::1/64 dev tier0 nodad
      address add 2001:db8:203::1/64 dev outside0 nodad
      route add fd00:73::/32 via fd00:73::fe
      route add fd00:73:a1::/64 via fd00:73::11
      route add default via 2001:db8:203::10
      """;

  private LabIpv6() {}

  /** Gives the hosts of a run that has been started their addresses and routes. */
  public static void add(LabRun run) {
    for (String router : new String[] {LabNetwork.SWITCH, LabNetwork.PROXY}) {
      LabHost.find(run, router).network("sysctl", "-qw", "net.ipv6.conf.all.forwarding=1").run();
    }
    batch(run, LabNetwork.SWITCH, SWITCH);
    batch(run, LabNetwork.PROXY, PROXY);
    for (String server : LabNetwork.SERVERS) {
      batch(
          run,
          server,
          "address add %s/64 dev tier0 nodad\nroute add default via %s\n"
              .formatted(TIER_ADDRESSES.get(server), ROUTERS.get(server)));
    }
    batch(
        run,
        LabNetwork.OUTSIDE,
        "address add %s/64 dev outside0 nodad\n".formatted(OUTSIDE_ADDRESS));
  }

  /** What the host daemon of a proxy or server is configured with. */
  public static String configuration(String host) {
    String all = "session_network6 = fd00:74::/96\n";
    return host.equals(LabNetwork.PROXY)
        ? all
        : all
            + """
            gateway_address6 = %s
            physical_network6 = %s
            closed_networks = %s %s
            """
                .formatted(
                    TIER_ADDRESSES.get(LabNetwork.PROXY),
                    PHYSICAL_NETWORKS.get(host),
                    LabNetwork.TIER,
                    TIER);
  }

  /** The IPv6 session address of a session, from its IPv4 session address. */
  public static String sessionAddress(String ipv4) {
    String[] n = ipv4.split("\\.");
    return "fd00:74::%02x%02x:%02x%02x"
        .formatted((Object[]) Stream.of(n).map(Integer::valueOf).toArray(Integer[]::new));
  }

  private static void batch(LabRun run, String host, String lines) {
    LabHost.find(run, host).network("ip", "-6", "-batch", "-").input(lines).run();
  }
}
