package org.mobidesk.lab.host;

import java.util.List;
import java.util.Map;
import org.mobidesk.lab.process.Command;

/**
 * The hosts of a run and the links between them:
 *
 * <pre>
 *   machine --access-- proxy --outside-- outside
 *                        |
 *                      tier1 -- switch -- tier2
 *                        |                  |
 *                     server1            server2
 * </pre>
 *
 * The servers are on two subnets, so that every move between them crosses a router. Subnets and
 * outside are bridges in a namespace of their own, the switch, which is the router as well; nothing
 * of them is in the machine's.
 */
public final class LabNetwork {
  public static final String PROXY = "proxy";

  /** A second proxy, in runs that {@link #addStandby} is called for. */
  public static final String STANDBY = "standby";

  public static final String OUTSIDE = "outside";
  public static final List<String> SERVERS = List.of("server1", "server2");

  public static final String OUTSIDE_ADDRESS = "203.0.113.10";
  public static final String SWITCH = "switch";

  /** What all subnets of servers are part of. */
  public static final String TIER = "10.73.0.0/16";

  /** Interfaces of the hosts. */
  public static final String TIER_LINK = "tier0";

  public static final String OUTSIDE_LINK = "outside0";

  private static final Map<String, String> TIER_ADDRESSES =
      Map.of(
          PROXY,
          "10.73.0.1",
          STANDBY,
          "10.73.0.3",
          "server1",
          "10.73.0.11",
          "server2",
          "10.73.1.12");
  private static final Map<String, Integer> SUBNETS =
      Map.of(PROXY, 0, STANDBY, 0, "server1", 0, "server2", 1);

  /** Of the proxy, as outside hosts see it. */
  public static final String OUTSIDE_ADDRESS_OF_PROXY = "203.0.113.1";

  /** Of both proxies to each other, where there are two, and their addresses on it. */
  public static final String SYNC_LINK = "sync0";

  public static final String SYNC_ADDRESS_OF_PROXY = "198.51.100.1";
  public static final String SYNC_ADDRESS_OF_STANDBY = "198.51.100.2";

  private LabNetwork() {}

  /** The address of a proxy or server on the network between the tiers. */
  public static String tierAddress(String host) {
    return TIER_ADDRESSES.get(host);
  }

  /** The physical addresses that a server may give to sessions. */
  public static String physicalPool(String server) {
    return "10.73.%d.128/26".formatted(SUBNETS.get(server));
  }

  /** Starts all hosts and joins them. */
  public static AccessNetwork start(LabRun run) {
    LabHost between = LabHost.start(run, SWITCH);
    bridge(between, "tier0");
    bridge(between, "tier1");
    bridge(between, "outside");
    LabHost proxy = LabHost.start(run, PROXY);
    joinTier(between, proxy);
    route(between);
    join(between, "outside", proxy, OUTSIDE_LINK, OUTSIDE_ADDRESS_OF_PROXY);
    for (String name : SERVERS) {
      LabHost server = LabHost.start(run, name);
      joinTier(between, server);
    }
    join(between, "outside", LabHost.start(run, OUTSIDE), OUTSIDE_LINK, OUTSIDE_ADDRESS);
    return access(run, proxy);
  }

  /** The router's address on the subnet of a proxy or server. */
  public static String router(String host) {
    return router(SUBNETS.get(host));
  }

  /**
   * Starts a second proxy beside the first and joins them. The first one's addresses towards
   * servers and outside hosts are nobody's then: one of both is to have them, at a time.
   */
  public static void addStandby(LabRun run) {
    LabHost between = LabHost.find(run, SWITCH);
    LabHost proxy = LabHost.find(run, PROXY);
    LabHost standby = LabHost.start(run, STANDBY);
    joinTier(between, standby);
    link(between, "outside", standby, OUTSIDE_LINK);
    batch(standby, "link set " + OUTSIDE_LINK + " up\n");
    batch(
        proxy,
        """
        address del %1$s/24 dev %2$s
        address add 10.73.0.2/24 dev %2$s
        route replace %3$s via %4$s
        address del %5$s/24 dev %6$s
        link add %7$s type veth peer name %7$s netns %8$d
        """
            .formatted(
                tierAddress(PROXY),
                TIER_LINK,
                TIER,
                router(PROXY),
                OUTSIDE_ADDRESS_OF_PROXY,
                OUTSIDE_LINK,
                SYNC_LINK,
                standby.pid()));
    address(proxy, SYNC_LINK, SYNC_ADDRESS_OF_PROXY);
    address(standby, SYNC_LINK, SYNC_ADDRESS_OF_STANDBY);
  }

  private static String router(int subnet) {
    return "10.73." + subnet + ".254";
  }

  /** Joins a host to its subnet; what is not there goes by the router. */
  private static void joinTier(LabHost between, LabHost host) {
    int subnet = SUBNETS.get(host.name());
    join(between, "tier" + subnet, host, TIER_LINK, tierAddress(host.name()));
    batch(
        host,
        "route add %s via %s\n".formatted(TIER, router(subnet))
            + (isProxy(host.name()) ? "" : "route add default via " + router(subnet) + "\n"));
  }

  /** Whether a host of this name is the gateway of sessions, or its standby. */
  public static boolean isProxy(String name) {
    return name.equals(PROXY) || name.equals(STANDBY);
  }

  private static void route(LabHost between) {
    for (int subnet : new int[] {0, 1}) {
      address(between, "tier" + subnet, router(subnet));
    }
    batch(between, "route add default via " + tierAddress(PROXY) + "\n");
    between.network("sysctl", "-qw", "net.ipv4.ip_forward=1").run();
  }

  private static void bridge(LabHost between, String name) {
    batch(
        between,
        """
        link add %1$s type bridge forward_delay 0
        link set %1$s up
        """
            .formatted(name));
  }

  private static void join(
      LabHost between, String bridge, LabHost host, String link, String address) {
    link(between, bridge, host, link);
    address(host, link, address);
  }

  private static void link(LabHost between, String bridge, LabHost host, String link) {
    batch(
        between,
        """
        link add %1$s-%2$s type veth peer name %3$s netns %4$d
        link set %1$s-%2$s master %1$s up
        """
            .formatted(bridge, host.name(), link, host.pid()));
  }

  private static AccessNetwork access(LabRun run, LabHost proxy) {
    AccessNetwork n = AccessNetwork.take(run);
    Command.of("ip", "-batch", "-")
        .input(
            """
            link add %1$s type veth peer name access0 netns %2$d
            link set %1$s alias mobidesk-%3$s up
            address add %4$s/24 dev %1$s
            """
                .formatted(n.link(), proxy.pid(), run.name(), n.machineAddress()))
        .run();
    address(proxy, "access0", n.proxyAddress());
    return n;
  }

  private static void address(LabHost host, String link, String address) {
    batch(host, "address add %1$s/24 dev %2$s\nlink set %2$s up\n".formatted(address, link));
  }

  private static void batch(LabHost host, String lines) {
    host.network("ip", "-batch", "-").input(lines).run();
  }
}
