package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/** Physical addresses from a real DHCP server on the router, through the whole control plane. */
@Tag("long")
class DhcpIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String SERVER_1 = "server1";
  private static final String SERVER_2 = "server2";

  private final LabRun run = new LabRun("dhcp" + ProcessHandle.current().pid() % 1_000_000);

  private RestApi api;
  private String session;
  private LabHost router;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void addressesAreLeasedWhereTheSessionComes() {
    Lab lab = new Lab(Checkout.find(), new Progress(System.out), run).withNetwork(this::serve);
    for (String server : LabNetwork.SERVERS) {
      lab.configure(
          server,
          "dhcp_server = %s\nphysical_quarantine = 1\n"
              .formatted(LabNetwork.router(LabNetwork.PROXY)));
    }
    LabAccess access = lab.start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      api = new RestApi(access, client);
      session = done(api.create(access.user(), "minimal", SERVER_1)).getString("session");
      SessionShell shell = new SessionShell(api, session);
      String first = alias(SERVER_1);
      assertTrue(leased(first), first + " is not leased");
      assertEquals(first, shell.run("hostname -I").split(" ")[0], "its virtual address");
      NumberClient numbers = new NumberClient(shell, new OutsideHost(run));
      numbers.install();
      numbers.start();

      done(api.migrate(session, SERVER_2));
      numbers.goesOn();
      assertTrue(leased(alias(SERVER_2)), alias(SERVER_2) + " is not leased");
      Waiting.until("the release of " + first, PATIENCE, () -> !leased(first));

      router.command("sh", "-c", "kill $(cat " + file("pid") + ")").run();
      JsonObject refused = api.migrate(session, SERVER_1);
      assertEquals("failed", refused.getString("state"), refused::toString);
      JsonObject why = refused.getJsonObject("failure");
      assertEquals("reserve", why.getString("step"), why::toString);
      assertTrue(why.getString("message").contains("DHCP"), why::toString);
      numbers.goesOn();

      serve(run);
      done(api.migrate(session, SERVER_1));
      numbers.goesOn();
      String last = alias(SERVER_1);
      assertTrue(leased(last), last + " is not leased");
      done(api.destroy(session));
      Waiting.until("the release of " + last, PATIENCE, () -> !leased(last));
    }
  }

  /** Starts the DHCP server; what it gives is less than what the servers would by themselves. */
  private void serve(LabRun of) {
    router = LabHost.find(of, LabNetwork.SWITCH);
    router.daemon(
        "dnsmasq",
        List.of(
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--port=0",
            "--user=root",
            "--pid-file=" + file("pid"),
            "--dhcp-leasefile=" + file("leases"),
            "--dhcp-range=10.73.0.150,10.73.0.160,255.255.255.0,1h",
            "--dhcp-range=10.73.1.150,10.73.1.160,255.255.255.0,1h"));
  }

  private Path file(String name) {
    return router.files().resolve("dnsmasq." + name);
  }

  /** Whether the DHCP server knows somebody who has this address. */
  private boolean leased(String address) {
    try {
      return Files.readAllLines(file("leases")).stream()
          .anyMatch(l -> l.split(" ")[2].equals(address));
    } catch (IOException e) {
      throw new LabException("cannot read " + file("leases"), e);
    }
  }

  /** The physical address of the only session on a server. */
  private String alias(String server) {
    List<String> aliases = PhysicalAddresses.on(run, server);
    assertEquals(1, aliases.size(), aliases::toString);
    assertNotEquals(LabNetwork.tierAddress(server), aliases.getFirst());
    return aliases.getFirst();
  }

  private static JsonObject done(JsonObject workflow) {
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }
}
