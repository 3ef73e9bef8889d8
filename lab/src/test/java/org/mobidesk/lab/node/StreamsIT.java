package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabIpv6;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/**
 * Two sessions move between servers on two subnets, also at the same moment, while the first has
 * all of {@link Streams} open with the outside host and talks with the second.
 */
@Tag("long")
class StreamsIT {
  private static final String SERVER_1 = "server1";
  private static final String SERVER_2 = "server2";
  private static final int TALK_PORT = 7100;
  private static final int PUBLISHED_PORT = 20100;

  private final LabRun run = new LabRun("str" + ProcessHandle.current().pid() % 1_000_000);
  private final Lab lab = new Lab(Checkout.find(), new Progress(System.out), run);
  private final List<Talk> talks = new ArrayList<>();

  private LabHost outside;
  private RestApi api;
  private String first;
  private String second;
  private Streams streams;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void allGoesOnThroughTenMoves() throws IOException, GeneralSecurityException {
    LabAccess access = lab.start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      open(new RestApi(access, client), LabNetwork.OUTSIDE_ADDRESS);
      Talk.listen(shell(second)::run, "0.0.0.0", TALK_PORT);
      talks.add(
          Talk.begin(
              "the conversation of both sessions", shell(first)::run, address(second), TALK_PORT));
      for (int i = 1; i <= 10; i++) {
        move(i);
      }
      streams.finish();
      done(api.destroy(first));
      done(api.destroy(second));
    }
  }

  /** Also what an outside host began, and policies. */
  @Test
  void allGoesOnByIpv6() throws IOException, GeneralSecurityException {
    LabAccess access = lab.withIpv6().start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      open(new RestApi(access, client), LabIpv6.OUTSIDE_ADDRESS);
      Talk.listen(shell(second)::run, "::", TALK_PORT);
      talks.add(
          Talk.begin(
              "the conversation of both sessions",
              shell(first)::run,
              LabIpv6.sessionAddress(address(second)),
              TALK_PORT));
      api.publish(second, PUBLISHED_PORT, TALK_PORT);
      talks.add(
          Talk.begin(
              "what the outside host began",
              this::runOutside,
              LabIpv6.OUTSIDE_ADDRESS_OF_PROXY,
              PUBLISHED_PORT));
      for (int i = 1; i <= 4; i++) {
        move(i);
      }

      assertEquals("reached", reachIpv4());
      allow(true, LabIpv6.OUTSIDE_NETWORK);
      for (int i = 5; i <= 6; i++) {
        move(i);
        assertEquals("reached", reachIpv6());
        assertEquals("", reachIpv4(), "a host that is not allowed");
      }
      streams.finish();
      allow(true, LabNetwork.OUTSIDE_ADDRESS);
      assertEquals("reached", reachIpv4());
      assertEquals("", reachIpv6(), "a host that is not allowed any more");
      allow(false);
      done(api.hibernate(first));
      done(api.restore(first, SERVER_2));
      assertEquals("reached", reachIpv6());
      done(api.destroy(first));
      done(api.destroy(second));
    }
  }

  /** Creates both sessions and starts the streams of the first. */
  private void open(RestApi opened, String outsideAddress) throws IOException {
    api = opened;
    outside = LabHost.find(run, LabNetwork.OUTSIDE);
    first = done(api.create("ada", "minimal", SERVER_1)).getString("session");
    second = done(api.create("bob", "minimal", SERVER_2)).getString("session");
    allow(false);
    streams = new Streams(outside, shell(first), outsideAddress);
    streams.start();
  }

  private SessionShell shell(String session) {
    return new SessionShell(api, session);
  }

  private String address(String session) {
    return api.session(session).getString("address");
  }

  private static JsonObject done(JsonObject workflow) {
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }

  /**
   * The first session may begin conversations with the second, and reach these outside networks.
   */
  private void allow(boolean restricted, String... networks) {
    JsonArrayBuilder allowed = Json.createArrayBuilder();
    for (String network : networks) {
      allowed.add(network);
    }
    api.setPolicy(
        first,
        Json.createObjectBuilder()
            .add("restricted", restricted)
            .add("allow", allowed)
            .add("peers", Json.createArrayBuilder().add(second))
            .build());
  }

  private String reachIpv4() {
    return reach(LabNetwork.OUTSIDE_ADDRESS, 22);
  }

  private String reachIpv6() {
    return reach(LabIpv6.OUTSIDE_ADDRESS, StreamServer.HTTP_PORT);
  }

  /** "reached" when the first session gets a connection. */
  private String reach(String host, int port) {
    return shell(first)
        .run(
            "timeout 5 bash -c '</dev/tcp/%s/%d' 2>/dev/null && echo reached || true"
                .formatted(host, port))
        .strip();
  }

  private String runOutside(String script) {
    try {
      Path directory = Files.createDirectories(outside.files().resolve("talk"));
      return outside
          .command("sh", "-c", "cd " + directory.toAbsolutePath() + "\n" + script)
          .run()
          .out();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The second session moves with each other move of the first, at the same time. */
  private void move(int number) {
    Streams.Mark mark = streams.mark();
    List<Long> talked = talks.stream().map(Talk::lines).toList();
    String to = number % 2 == 1 ? SERVER_2 : SERVER_1;
    List<CompletableFuture<Void>> moves = new ArrayList<>();
    moves.add(CompletableFuture.runAsync(() -> Moves.migrate(api, first, to)));
    if (number % 2 == 0) {
      String other = number % 4 == 2 ? SERVER_1 : SERVER_2;
      moves.add(CompletableFuture.runAsync(() -> Moves.migrate(api, second, other)));
    }
    moves.forEach(CompletableFuture::join);
    for (int i = 0; i < talks.size(); i++) {
      talks.get(i).goOn(talked.get(i));
    }
    streams.goOn(mark);
  }
}
