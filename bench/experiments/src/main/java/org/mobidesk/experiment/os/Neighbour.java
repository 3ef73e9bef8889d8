package org.mobidesk.experiment.os;

import java.util.List;
import java.util.Map;
import org.mobidesk.bench.Results;
import org.mobidesk.lab.node.DaemonLab;

/** What a session notices of another one that takes all that it can get. */
final class Neighbour {
  private static final String HOSTILE = "hostile";

  /** What a hostile session does until it is destroyed; each runs without end. */
  private static final Map<String, String> DEEDS =
      Map.of(
          "fork bomb", "bomb() { bomb | bomb & }; while :; do bomb; done",
          "memory", "while :; do tail /dev/zero; done",
          "processors", "for i in 1 2 3 4 5 6 7 8; do (while :; do :; done) & done; wait",
          "disk", "while :; do dd if=/dev/zero of=/var/tmp/full bs=1M; sync; done");

  private final DaemonLab lab;
  private final String server;
  private final String template;

  Neighbour(DaemonLab lab, String server, String template) {
    this.lab = lab;
    this.server = server;
    this.template = template;
  }

  /** Adds a row for each deed: a call in {@code place} beside it, and alone. */
  Results measure(Results results, SessionPlace place, int pairs) {
    for (String deed : List.of("fork bomb", "memory", "processors", "disk")) {
      double[] beside = new double[pairs];
      double[] alone = new double[pairs];
      for (int i = 0; i < pairs; i++) {
        alone[i] = latency(place);
        lab.hostctl(server, "create", HOSTILE, template, "user", "10.74.2.1").run();
        try {
          lab.hostctl(server, "exec", "--root", HOSTILE)
              .with(List.of("/usr/bin/setsid", "-f", "/bin/sh", "-c"))
              .with(List.of("exec >/dev/null 2>&1 </dev/null; " + DEEDS.get(deed)))
              .run();
          beside[i] = latency(place);
        } finally {
          lab.hostctl(server, "destroy", HOSTILE).run();
        }
      }
      results =
          results.row(
              "beside a hostile session: " + deed,
              "start of a program (fork+sh)",
              "ns",
              beside,
              Map.of("alone", alone));
    }
    return results;
  }

  private static double latency(Place place) {
    return Programs.calls(place).get("fork+sh");
  }
}
