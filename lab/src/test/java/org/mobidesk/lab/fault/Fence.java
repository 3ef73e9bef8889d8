package org.mobidesk.lab.fault;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.SessionShell;

/** A session's way out, and the way to a port of it, seen by trying. */
final class Fence {
  private static final Duration STEP = Duration.ofSeconds(60);

  static final int PORT = 8080;
  static final int OUTSIDE_PORT = 20080;
  private static final String SERVER =
      """
      use IO::Socket::INET;
      my $all = IO::Socket::INET->new(LocalPort => %d, Listen => 5, ReuseAddr => 1) or die $@;
      while (my $one = $all->accept) { print $one "from the session\n"; close $one; }
      """
          .formatted(PORT);
  private final LabRun run;
  private final SessionShell inside;

  Fence(LabRun run, SessionShell inside) {
    this.run = run;
    this.inside = inside;
  }

  void serve() {
    inside.write("serve", SERVER, "644");
    inside.run("setsid perl serve </dev/null >/dev/null 2>&1 &");
    Waiting.until(
        "the service in the session",
        STEP,
        () -> inside.attempt("nc -w 5 127.0.0.1 " + PORT + " </dev/null").exit() == 0);
  }

  /** The proxy may just have been told of it. */
  void holds() {
    Waiting.until("the published port to be reached", STEP, this::isReached);
    assertFalse(reachesOutside(), "a restricted session reaches an outside host");
  }

  boolean reachesOutside() {
    return inside.attempt("nc -z -w 3 " + LabNetwork.OUTSIDE_ADDRESS + " 22").exit() == 0;
  }

  boolean isReached() {
    return LabHost.find(run, LabNetwork.OUTSIDE)
        .command(
            "timeout",
            "5",
            "perl",
            "-MIO::Socket::INET",
            "-e",
            "my $s = IO::Socket::INET->new(PeerAddr => '%s:%d', Timeout => 3) or exit 1; print <$s>"
                .formatted(LabNetwork.OUTSIDE_ADDRESS_OF_PROXY, OUTSIDE_PORT))
        .attempt()
        .out()
        .contains("from the session");
  }
}
