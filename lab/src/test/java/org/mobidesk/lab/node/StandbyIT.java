package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * Two proxies share their addresses by keepalived and what they know of connections by conntrackd,
 * as docs/network.md says. The host of the first one is lost while sessions have connections open.
 */
@Tag("long")
class StandbyIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String SERVER_1 = "server1";
  private static final String SERVER_2 = "server2";
  private static final int PORT = 7100;
  private static final int PUBLISHED_PORT = 20100;

  private final LabRun run = new LabRun("sby" + ProcessHandle.current().pid() % 1_000_000);
  private final Checkout checkout = Checkout.find();

  private String moved;
  private List<Talk> talks;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void connectionsGoOnWhenAProxyIsLost() {
    openConnections();
    awaitKnown(standby());

    proxy().lose();
    long lost = System.nanoTime();
    SharedAddresses.awaitAt(standby());
    say("the standby has the addresses", lost);
    allGoOn();
    say("all connections have gone on", lost);
    begin(inside(SERVER_2, moved, "second"));
    say("a new connection is made", lost);
  }

  /** For maintenance: the proxy hands over, comes back, and knows what there is. */
  @Test
  void connectionsGoOnWhenAProxyHandsOver() {
    openConnections();
    awaitKnown(standby());

    SharedAddresses.leave(proxy());
    SharedAddresses.awaitAt(standby());
    allGoOn();

    SharedAddresses.join(proxy());
    awaitKnown(proxy());
    standby().lose();
    SharedAddresses.awaitAt(proxy());
    allGoOn();
    begin(inside(SERVER_2, moved, "second"));
  }

  /** Three: of a session that moved, of one that did not, and one that the outside host began. */
  private void openConnections() {
    LabAccess access =
        new Lab(checkout, new Progress(System.out), run)
            .withStandby(SharedAddresses::start)
            .start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      RestApi api = new RestApi(access, client);
      moved = done(api.create("ada", "minimal", SERVER_1)).getString("session");
      String unmoved = done(api.create("bob", "minimal", SERVER_1)).getString("session");
      Talk.listen(outside("listener"), LabNetwork.OUTSIDE_ADDRESS, PORT);
      Talk.listen(inside(SERVER_1, unmoved, "listener"), "0.0.0.0", PORT);
      api.publish(unmoved, PUBLISHED_PORT, PORT);
      Talk first = begin(inside(SERVER_1, moved, "first"));
      Talk ofUnmoved = begin(inside(SERVER_1, unmoved, "first"));
      Talk fromOutside =
          Talk.begin(
              "what the outside host began",
              outside("caller"),
              LabNetwork.OUTSIDE_ADDRESS_OF_PROXY,
              PUBLISHED_PORT);
      done(api.migrate(moved, SERVER_2));
      talks = List.of(first.from(inside(SERVER_2, moved, "first")), ofUnmoved, fromOutside);
      allGoOn();
      // What the standby's control plane would say to its gateway, and says again after each start.
      route(api, moved, SERVER_2);
      route(api, unmoved, SERVER_1);
    }
  }

  private void allGoOn() {
    for (Talk talk : talks) {
      talk.goOn(talk.lines());
    }
  }

  private void awaitKnown(LabHost host) {
    Waiting.until(
        host.name() + " to know all connections",
        PATIENCE,
        () ->
            host.command("conntrack", "-L", "-p", "tcp")
                    .run()
                    .text()
                    .lines()
                    .filter(l -> l.contains("ESTABLISHED") && l.contains("port=" + PORT + " "))
                    .count()
                >= talks.size());
  }

  private static void say(String what, long since) {
    System.out.printf("%s after %d ms%n", what, (System.nanoTime() - since) / 1_000_000);
  }

  private static JsonObject done(JsonObject workflow) {
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }

  private LabHost proxy() {
    return LabHost.find(run, LabNetwork.PROXY);
  }

  private LabHost standby() {
    return LabHost.find(run, LabNetwork.STANDBY);
  }

  private void route(RestApi api, String session, String server) {
    hostctl(LabNetwork.STANDBY)
        .with(
            List.of(
                "route", api.session(session).getString("address"), LabNetwork.tierAddress(server)))
        .run();
  }

  private Command hostctl(String host) {
    return HostDaemon.control(HostDaemon.controlProgram(checkout), LabHost.find(run, host));
  }

  private static Talk begin(UnaryOperator<String> caller) {
    return Talk.begin(
        "a conversation with the outside host", caller, LabNetwork.OUTSIDE_ADDRESS, PORT);
  }

  /** Scripts in a session, by its server's daemon: there is no control plane after the loss. */
  private UnaryOperator<String> inside(String server, String session, String directory) {
    String there = "cd && mkdir -p %1$s && cd %1$s\n".formatted(directory);
    return script ->
        hostctl(server)
            .with(List.of("exec", session, "/bin/bash", "-ec", there + script))
            .run()
            .out();
  }

  private UnaryOperator<String> outside(String directory) {
    LabHost host = LabHost.find(run, LabNetwork.OUTSIDE);
    Path there = host.files().resolve(directory).toAbsolutePath();
    try {
      Files.createDirectories(there);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return script -> host.command("sh", "-ec", "cd " + there + "\n" + script).run().out();
  }
}
