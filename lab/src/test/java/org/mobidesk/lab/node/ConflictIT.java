package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
import org.mobidesk.lab.setup.Checkout;

/**
 * The conflict of the paper's Figures 2 and 3, with real moves. A session moves away with open
 * conversations; another one gets its old physical address on the old server and opens the same:
 * same addresses, same ports, to the same hosts. Both live on wherever they go, also on one server,
 * and no line of one is seen in the other.
 */
@Tag("long")
class ConflictIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SERVER_1 = "server1";
  private static final String SERVER_2 = "server2";

  /** Two addresses, which may be used again at once: one that becomes free is given next. */
  private static final String FEW_ADDRESSES =
      "physical_pool = 10.73.0.128/31\nphysical_quarantine = 0\n";

  private static final String PREDEFINED = "10.99.0.2";

  private final LabRun run = new LabRun("cnf" + ProcessHandle.current().pid() % 1_000_000);
  private final Lab lab =
      new Lab(Checkout.find(), new Progress(System.out), run).configure(SERVER_1, FEW_ADDRESSES);
  private final List<NamedTalk> talks = new ArrayList<>();

  private LabHost outside;
  private RestApi api;
  private String first;
  private String second;
  private String third;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void bothLiveWithTheFirstPhysicalAddress() {
    conflict("");
  }

  @Test
  void bothLiveWithOneAddressForAll() {
    for (String server : LabNetwork.SERVERS) {
      lab.configure(server, "virtual_address = " + PREDEFINED + "\n");
    }
    conflict(PREDEFINED);
  }

  /**
   * @param predefined virtual address of all sessions; empty: their first physical one
   */
  private void conflict(String predefined) {
    LabAccess access = lab.start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      api = new RestApi(access, client);
      outside = LabHost.find(run, LabNetwork.OUTSIDE);
      third = create("bob");
      List<String> ofThird = aliases();
      NamedTalk.listen(this::runOutside);
      NamedTalk.listen(shell(third)::run);

      first = create("ada");
      String address = onlyOther(ofThird);
      String seen = predefined.isEmpty() ? address : predefined;
      NamedTalk one = talk("session 1", first, seen);
      ResetCounter resets = ResetCounter.start(run);
      move(Map.of(first, SERVER_2));
      Waiting.until(
          address + " to be free on " + SERVER_1, PATIENCE, () -> aliases().equals(ofThird));

      second = create("eve");
      assertEquals(address, onlyOther(ofThird), "the address that the first session had");
      NamedTalk two = talk("session 2", second, seen);
      assertEquals(one.ends(), two.ends(), "ends of the conversations");
      System.out.println("both sessions have, at " + address + ":\n" + two.ends());

      moveAll();
      bothWereHeard(this::runOutside);
      bothWereHeard(shell(third)::run);
      assertEquals(0, resets.seen(), "resets");
      for (String session : List.of(first, second, third)) {
        done(api.destroy(session));
      }
    }
  }

  /** The second has just been created on the old server of the first, which is on the other one. */
  private void moveAll() {
    move(Map.of());
    move(Map.of(second, SERVER_2));
    // All three on one server; and the first server has an address for each of the two again.
    move(Map.of(third, SERVER_2));
    Waiting.until("both addresses to be free", PATIENCE, () -> aliases().isEmpty());
    move(Map.of(first, SERVER_1, second, SERVER_1));
    move(Map.of(second, SERVER_2));
    move(Map.of(first, SERVER_2, second, SERVER_1));
    move(Map.of(first, SERVER_1, second, SERVER_2));
    move(Map.of(first, SERVER_2));
    move(Map.of(first, SERVER_1, second, SERVER_1));
  }

  private String create(String user) {
    return done(api.create(user, "minimal", SERVER_1)).getString("session");
  }

  /** Begins all conversations of a session, which has {@code address} for itself. */
  private NamedTalk talk(String name, String session, String address) {
    api.setPolicy(
        session,
        Json.createObjectBuilder().add("peers", Json.createArrayBuilder().add(third)).build());
    assertEquals(address, shell(session).run("hostname -I").strip(), "its virtual address");
    NamedTalk talk =
        NamedTalk.begin(
            name,
            shell(session)::run,
            List.of(LabNetwork.OUTSIDE_ADDRESS, api.session(third).getString("address")));
    talks.add(talk);
    return talk;
  }

  private SessionShell shell(String session) {
    return new SessionShell(api, session);
  }

  /** The physical addresses that the first server has given to sessions. */
  private List<String> aliases() {
    return PhysicalAddresses.on(run, SERVER_1);
  }

  /** The physical address of the only session on the first server besides the third one. */
  private String onlyOther(List<String> ofThird) {
    List<String> all = new ArrayList<>(aliases());
    all.removeAll(ofThird);
    assertEquals(1, all.size(), all::toString);
    return all.getFirst();
  }

  private static JsonObject done(JsonObject workflow) {
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }

  /**
   * Each has had one conversation of each kind here, which has not ended, and nothing was wrong.
   */
  private static void bothWereHeard(UnaryOperator<String> at) {
    assertEquals(
        List.of(
            "begin tcp session 1",
            "begin tcp session 2",
            "begin udp session 1",
            "begin udp session 2",
            "listening"),
        NamedTalk.events(at).stream().sorted().toList());
  }

  private String runOutside(String script) {
    try {
      Path directory = Files.createDirectories(outside.files().resolve("conflict"));
      return outside
          .command("sh", "-c", "cd " + directory.toAbsolutePath() + "\n" + script)
          .run()
          .out();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Moves these sessions at once; after that each conversation must go on. */
  private void move(Map<String, String> servers) {
    List<Map<String, Long>> before = talks.stream().map(NamedTalk::lines).toList();
    System.out.println("moving " + servers + ", said before: " + before);
    List<CompletableFuture<Void>> moves = new ArrayList<>();
    servers.forEach(
        (session, server) ->
            moves.add(CompletableFuture.runAsync(() -> Moves.migrate(api, session, server))));
    moves.forEach(CompletableFuture::join);
    // What came while a session moved is no evidence that it goes on there.
    List<Map<String, Long>> there = talks.stream().map(NamedTalk::lines).toList();
    for (int i = 0; i < talks.size(); i++) {
      talks.get(i).goOn(there.get(i));
    }
  }
}
