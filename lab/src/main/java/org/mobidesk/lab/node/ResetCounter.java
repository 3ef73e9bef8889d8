package org.mobidesk.lab.node;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;

/**
 * Counts TCP resets that could end a connection of a session: those from and to sessions at the
 * proxy and the servers, whoever made them, and all at the outside host. Rules of nftables in the
 * hosts' network namespaces count, before anything translates or drops a packet; one that passes
 * two hosts counts twice.
 */
public final class ResetCounter {
  private static final String TABLE = "inet mobidesk_lab_resets";
  private static final String COUNT = "tcp flags & rst == rst counter name resets";
  private static final String EVERY = COUNT;

  /** By the addresses that sessions have for themselves, and those that they have on the way. */
  private static final String OF_SESSIONS =
      "ip saddr { %1$s } %2$s; ip daddr { %1$s } %2$s"
          .formatted(
              String.join(
                  ", ",
                  WildFly.SESSION_NETWORK,
                  LabNetwork.physicalPool("server1"),
                  LabNetwork.physicalPool("server2")),
              COUNT);

  /** Made anew when it is there. 1 the table, 2 what counts. */
  private static final String RULES =
      """
      table %1$s { }
      delete table %1$s
      table %1$s {
        counter resets { }
        chain in { type filter hook prerouting priority -310; %2$s; }
        chain out { type filter hook output priority -310; %2$s; }
      }
      """;

  private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");
  private static final List<String> HOSTS =
      List.of(LabNetwork.PROXY, "server1", "server2", LabNetwork.OUTSIDE);

  private final LabRun run;

  private ResetCounter(LabRun run) {
    this.run = run;
  }

  /** Counts from now on. */
  public static ResetCounter start(LabRun run) {
    for (String host : HOSTS) {
      String counted = host.equals(LabNetwork.OUTSIDE) ? EVERY : OF_SESSIONS;
      LabHost.find(run, host)
          .command("nft", "--file", "-")
          .input(RULES.formatted(TABLE, counted))
          .run();
    }
    return new ResetCounter(run);
  }

  /** How many there were since the start, seen at all hosts. */
  public long seen() {
    return HOSTS.stream().mapToLong(this::seenAt).sum();
  }

  private long seenAt(String host) {
    String counter =
        LabHost.find(run, host)
            .command("nft", "list", "counter", "inet", "mobidesk_lab_resets", "resets")
            .run()
            .out();
    Matcher m = PACKETS.matcher(counter);
    if (!m.find()) {
      throw new LabException("no count of resets on host " + host + ": " + counter);
    }
    return Long.parseLong(m.group(1));
  }
}
