package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;

/** On hosts without anything of MobiDesk. */
class ResetCounterIT {
  /** Nobody listens to it. */
  private static final String CLOSED = "9";

  private static final String SESSION = "10.74.0.9";

  private final LabRun run = new LabRun("rst" + ProcessHandle.current().pid() % 1_000_000);

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void aResetIsSeenAtEachHostOfASession() {
    LabNetwork.start(run);
    LabHost server = LabHost.find(run, "server1");
    LabHost proxy = LabHost.find(run, LabNetwork.PROXY);
    server.command("ip", "address", "add", SESSION + "/32", "dev", "lo").run();
    proxy.command("ip", "route", "add", SESSION, "via", LabNetwork.tierAddress("server1")).run();
    ResetCounter resets = ResetCounter.start(run);

    refused(server, LabNetwork.tierAddress("server2"));
    assertEquals(0, resets.seen(), "what servers say to each other is no session's");
    refused(proxy, LabNetwork.OUTSIDE_ADDRESS);
    assertEquals(1, resets.seen(), "at the outside host");
    refused(proxy, SESSION);
    assertTrue(resets.seen() >= 3, "and from a session, at its server and at the proxy");

    assertEquals(0, ResetCounter.start(run).seen(), "a new count begins at nothing");
  }

  private static void refused(LabHost from, String address) {
    String connect = "exec 3<>/dev/tcp/" + address + "/" + CLOSED;
    assertNotEquals(0, from.command("bash", "-c", connect).attempt().exit(), "connected");
  }
}
