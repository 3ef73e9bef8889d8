package org.mobidesk.lab.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.StringReader;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.NodeProcess;
import org.mobidesk.lab.node.NumberClient;
import org.mobidesk.lab.node.NumberService;
import org.mobidesk.lab.node.OutsideHost;
import org.mobidesk.lab.node.ResetCounter;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.node.SessionShell;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * What goes wrong in a running installation: the person reads why, the record has the step, and the
 * session stays usable. One session with an open connection lives through all of it; after each
 * fault it must go on without a number missing, and move. What an administrator changes of a
 * running session is here, too: it must be as harmless.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsIT {
  private static final Duration RESTART = Duration.ofSeconds(300);
  private static final Duration STEP = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 20;

  /** The steps of a move in which its image is not yet whole at the target. */
  private static final List<String> UNARRIVED = List.of("sync", "checkpoint", "transfer");

  /** Of the servers, for images and disks (common.cli). */
  private static final int TIER_PORT = 8444;

  /** Less than any image needs. */
  private static final String LITTLE = "64k";

  private final LabRun run = new LabRun("flt" + ProcessHandle.current().pid() % 1_000_000);
  private final Checkout checkout = Checkout.find();

  private LabAccess access;
  private HttpClient client;
  private RestApi api;
  private Administrator administrator;
  private String session;
  private SessionShell shell;
  private NumberClient numbers;
  private ResetCounter resets;

  @BeforeAll
  void start() throws Exception {
    access = new Lab(checkout, new Progress(System.out), run).start(List.of("minimal"));
    client = access.client();
    api = new RestApi(access, client);
    administrator =
        new Administrator(checkout, run, password("right", access.administratorPassword()));
    Command.Result created =
        administrator.does("session", "create", access.user(), "--server", "server1");
    assertEquals(0, created.exit(), created.err());
    session = api.sessions().getJsonObject(0).getString("id");
    shell = new SessionShell(api, session);
    numbers = new NumberClient(shell, new OutsideHost(run));
    numbers.install();
    numbers.start();
    resets = ResetCounter.start(run);
  }

  @AfterAll
  void remove() {
    if (client != null) {
      client.close();
    }
    new LabRemoval(run).remove();
  }

  @AfterEach
  void theSessionIsStillUsable() {
    LabNetwork.SERVERS.forEach(this::isUp);
    numbers.goesOn();
    String other = other(server());
    JsonObject moved = api.migrate(session, other);
    assertEquals("done", moved.getString("state"), moved::toString);
    assertEquals(other, server());
    numbers.goesOn();
    assertEquals(0, resets.seen(), "TCP resets");
  }

  @Test
  void aResetIsCountedWhenThereIsOne() {
    int closed = 9;
    assertNotEquals(
        0, shell.attempt("nc -z " + LabNetwork.OUTSIDE_ADDRESS + " " + closed).exit(), "connected");
    assertTrue(resets.seen() > 0, "the refusal was a reset");
    resets = ResetCounter.start(run);
  }

  @Test
  void aWrongPasswordIsCalledThat() throws Exception {
    Administrator mistaken = new Administrator(checkout, run, password("wrong", "not this one"));
    Command.Result refused = mistaken.does("session", "list");
    assertEquals(4, refused.exit(), refused.err());
    says(refused, "the user name or the password is wrong");
  }

  @Test
  void anUnknownServerIsNamed() {
    Command.Result refused = administrator.does("session", "migrate", session, "server9");
    assertEquals(3, refused.exit(), refused.err());
    says(refused, "server9");
  }

  @Test
  void fullImageMemoryAtTheTargetIsSaidBeforeAnythingStops() {
    String source = server();
    String target = other(source);
    withLittleSpace(
        target,
        "/run/mobidesk/images",
        () -> {
          Command.Result failed = administrator.does("session", "migrate", session, target);
          assertEquals(1, failed.exit(), failed.err());
          says(failed, "failed at step reserve", "/run/mobidesk/images");
          failedAt("reserve", target, "no-space");
          assertEquals(source, server());
        });
  }

  /** Memory and disk are sent ahead: it is found out then, not when all stands still. */
  @Test
  void aTargetThatCannotBeReachedIsSaidBeforeAnythingStops() {
    String source = server();
    String target = other(source);
    withoutWay(
        source,
        target,
        () -> {
          Command.Result failed = administrator.does("session", "migrate", session, target);
          assertEquals(1, failed.exit(), failed.err());
          says(failed, "failed at step sync", LabNetwork.tierAddress(target));
          failedAt("sync", source, "unreachable");
          assertEquals("running", api.session(session).getString("state"));
          assertEquals(source, server());
          numbers.goesOn();
        });
  }

  @Test
  void fullStorageLeavesASessionRunningThatWasToBeSuspended() {
    String source = server();
    Path stored = run.storage().resolve("images");
    withLittleSpace(
        source,
        stored.toString(),
        () -> {
          Command.Result failed = administrator.does("session", "checkpoint", session);
          assertEquals(1, failed.exit(), failed.err());
          says(failed, "failed at step store", stored.toString());
          failedAt("store", source, "no-space");
          assertEquals("running", api.session(session).getString("state"));
        });
  }

  @Test
  void aTargetThatIsKilledCostsTheMoveOnly() {
    // The image stays on its way as long as its receiver stands still.
    HaltedMove move = halt(MoveEnd.TARGET, "checkpoint");
    String target = move.target();
    NodeProcess.wildFly(LabHost.find(run, target)).orElseThrow().kill();
    move.daemon().goOn();

    Command.Result failed = move.result().join();
    assertEquals(1, failed.exit(), () -> failed.err() + newest());
    JsonObject failure = newest().getJsonObject("failure");
    String step = failure.getString("step");
    assertTrue(List.of("checkpoint", "transfer", "restore").contains(step), failure::toString);
    says(failed, "failed at step " + step);
    String words = failure.getString("message");
    assertTrue(
        words.contains(target) || words.contains(LabNetwork.tierAddress(target)), () -> words);
    assertEquals(move.source(), server());
    numbers.goesOn();
    isUp(target);
  }

  @Test
  void aServerThatIsDownIsNamed() {
    String source = server();
    String target = other(source);
    NodeProcess wildFly = NodeProcess.wildFly(LabHost.find(run, target)).orElseThrow();
    wildFly.stop();
    try {
      Waiting.until(
          target + " to be held for down",
          STEP,
          () -> api.server(target).getString("state").equals("down"));
      Command.Result refused = administrator.does("session", "migrate", session, target);
      assertEquals(1, refused.exit(), refused.err());
      says(refused, target, "down");
      assertEquals(source, server());
    } finally {
      wildFly.goOn();
    }
  }

  @Test
  void aSourceThatIsKilledTakesTheSessionBackWhenItIsStartedAgain() {
    HaltedMove move = halt(MoveEnd.SOURCE, "checkpoint");
    String source = move.source();
    NodeProcess.wildFly(LabHost.find(run, source)).orElseThrow().kill();
    move.daemon().goOn();

    Command.Result failed = move.result().join();
    assertEquals(1, failed.exit(), failed.err());
    // The answer to the checkpoint may have been on its way when the daemon was halted.
    String step = newest().getJsonObject("failure").getString("step");
    assertTrue(List.of("checkpoint", "transfer").contains(step), step);
    says(failed, "failed at step " + step, source);
    failedAt(step, source, "server-down");
    assertEquals(source, server());
    isUp(source);
  }

  /** What died had let go of its connections, as any program that dies does: they begin anew. */
  @Test
  @Tag("long")
  void aSessionThatIsDeadAtTheTargetComesBackToItsSource() {
    String source = server();
    String target = other(source);
    // Each attempt lets it run twice: what was received, and what was restored once more.
    LabHost.find(run, target)
        .command("sh", "-c", "echo 'dead-after-resume 4' >/run/mobidesk/fault")
        .run();

    Command.Result failed = administrator.does("session", "migrate", session, target);
    LabHost.find(run, target).command("rm", "-f", "/run/mobidesk/fault").run();
    assertEquals(1, failed.exit(), failed.err());
    says(failed, "failed at step resume", target, "dead");
    failedAt("resume", target, "conflict");
    assertEquals("running", api.session(session).getString("state"));
    assertEquals(source, server());
    // The other end has forgotten the old connection, and says so when it is used: by a reset.
    shell.run("pkill -x numbers; rm -f numbers.log");
    Waiting.until(
        "the end of the old connection",
        STEP,
        () -> shell.run("ss -Htn dport = :" + NumberService.PORT).isBlank());
    numbers.start();
    resets = ResetCounter.start(run);
  }

  @Test
  void limitsAreChangedWhileItRunsAndGoWithIt() throws Exception {
    done("limit", session, "--memory", "1G", "--cpu", "1.5", "--pids", "700", "--disk-rate", "64M");
    assertEquals(List.of(1L << 30, 700L), limitsAtItsServer());
    JsonObject moved = api.migrate(session, other(server()));
    assertEquals("done", moved.getString("state"), moved::toString);
    assertEquals(List.of(1L << 30, 700L), limitsAtItsServer());

    Command.Result refused = administrator.does("session", "limit", session, "--memory", "1M");
    assertNotEquals(0, refused.exit());
    says(refused, "memory must be");
    JsonObject limits = api.session(session).getJsonObject("limits");
    assertEquals(
        List.of(1L << 30, 1500L, 700L, 64L << 20),
        List.of("memoryBytes", "cpuMillis", "pids", "diskRate").stream()
            .map(name -> limits.getJsonNumber(name).longValue())
            .toList());
    done("limit", session, "--memory", "0", "--cpu", "0", "--pids", "0", "--disk-rate", "0");
  }

  @Test
  void itsDiskBecomesLargerWhileItIsUsed() {
    long before = diskMegabytes();
    long more = before / 1024 + 3;
    done("resize-disk", session, more + "G");
    long after = diskMegabytes();
    assertTrue(after > before + 1024, before + " MB are " + after + " MB now");

    Command.Result refused = administrator.does("session", "resize-disk", session, "1G");
    assertNotEquals(0, refused.exit());
    says(refused, "can only become larger");
    assertEquals(after, diskMegabytes());
  }

  @Test
  void itSleepsAndGoesOnWhereItWas() {
    String source = server();
    SortedMap<Integer, String> processes = shell.processes();
    done("hibernate", session);
    assertEquals("suspended", api.session(session).getString("state"));
    assertTrue(
        groupFile(source, "memory/", "memory.limit_in_bytes", "memory.max").isEmpty(),
        "it still runs");
    done("restore", session, other(source));
    assertEquals("running", api.session(session).getString("state"));
    assertEquals(other(source), server());
    assertEquals(processes, shell.processes());
  }

  @Test
  @Tag("long")
  void aCopyIsTakenWhileItRunsOn() {
    long epoch = api.session(session).getJsonNumber("epoch").longValue();
    SortedMap<Integer, String> processes = shell.processes();
    done("copy", session);
    JsonObject after = api.session(session);
    assertEquals("running", after.getString("state"));
    assertEquals(epoch + 1, after.getJsonNumber("epoch").longValue());
    assertEquals(epoch, after.getJsonObject("copy").getJsonNumber("epoch").longValue());
    assertEquals(processes, shell.processes());

    Command.Result refused = administrator.does("session", "recover", session);
    assertNotEquals(0, refused.exit());
    says(refused, server(), "is up", "migrate");
  }

  /** {@code mobidesk session WORDS}, which must succeed. */
  private void done(String... words) {
    List<String> all = new ArrayList<>(List.of("session"));
    all.addAll(List.of(words));
    Command.Result result = administrator.does(all.toArray(String[]::new));
    assertEquals(0, result.exit(), () -> all + ": " + result.out() + result.err());
  }

  private long diskMegabytes() {
    return Long.parseLong(shell.run("df -BM --output=size / | tail -n 1 | tr -dc 0-9").strip());
  }

  /** Of memory and of processes, as the kernel of its server has them. */
  private List<Long> limitsAtItsServer() throws Exception {
    List<Long> limits = new ArrayList<>();
    for (Path file :
        List.of(
            groupFile(server(), "memory/", "memory.limit_in_bytes", "memory.max").orElseThrow(),
            groupFile(server(), "pids/", "pids.max", "pids.max").orElseThrow())) {
      limits.add(Long.parseLong(Files.readString(file).strip()));
    }
    return limits;
  }

  /** A file of the session's control group at a server: of version 1 or 2, if there is any. */
  private Optional<Path> groupFile(String server, String controller, String one, String two) {
    String group = "mobidesk-" + run.name() + "-" + server + "/" + session + "/";
    return Stream.of(controller + group + one, group + two)
        .map(name -> Path.of("/sys/fs/cgroup", name))
        .filter(Files::exists)
        .findFirst();
  }

  private enum MoveEnd {
    SOURCE,
    TARGET
  }

  /** A move that does not go on because the daemon of one end stands still. */
  private record HaltedMove(
      String source,
      String target,
      NodeProcess daemon,
      String workflow,
      CompletableFuture<Command.Result> result) {}

  /**
   * Begins a move and halts it after a step has begun and before the image has arrived. A move that
   * was quicker than the signal ends as any other, and the next one is tried.
   */
  private HaltedMove halt(MoveEnd end, String step) {
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      String source = server();
      String target = other(source);
      NodeProcess daemon =
          NodeProcess.hostDaemon(LabHost.find(run, end == MoveEnd.SOURCE ? source : target))
              .orElseThrow();
      String before = newestId();
      CompletableFuture<Command.Result> result =
          administrator.begins("session", "migrate", session, target);
      Waiting.until(
          "step " + step + " of the move",
          STEP,
          () -> !newestId().equals(before) && (result.isDone() || hasBegun(step)));
      daemon.stop();
      if (UNARRIVED.contains(lastStep()) && newest().getString("state").equals("running")) {
        return new HaltedMove(source, target, daemon, newestId(), result);
      }
      daemon.goOn();
      assertEquals(0, result.join().exit(), () -> result.join().err());
    }
    throw new AssertionError("each of " + ATTEMPTS + " moves was over before it could be halted");
  }

  /** Also the daemon of the gateway is killed meanwhile, and the session is suspended. */
  @Test
  @Tag("long")
  void whatASessionMayReachHoldsWhereverItGoes() {
    Command.Result created = administrator.does("session", "create", "bob", "--server", "server1");
    assertEquals(0, created.exit(), created.err());
    String bob =
        api.sessions().getValuesAs(JsonObject.class).stream()
            .filter(s -> s.getString("user").equals("bob"))
            .filter(s -> s.getString("state").equals("running"))
            .findFirst()
            .orElseThrow()
            .getString("id");
    Fence fence = new Fence(run, new SessionShell(api, bob));
    fence.serve();
    Waiting.until("the outside host to be reached", STEP, fence::reachesOutside);
    assertFalse(fence.isReached(), "before it is published");
    does("session", "policy", bob, "--restricted", "--allow", "198.51.100.0/24");
    does("session", "publish", bob, "tcp/" + Fence.OUTSIDE_PORT, Integer.toString(Fence.PORT));
    fence.holds();
    Command.Result taken =
        administrator.does("session", "publish", session, "tcp/" + Fence.OUTSIDE_PORT, "22");
    assertEquals(1, taken.exit(), taken.out());
    says(taken, bob);

    does("session", "migrate", bob, "server2");
    fence.holds();
    NodeProcess.hostDaemon(LabHost.find(run, LabNetwork.PROXY)).orElseThrow().kill();
    fence.holds();
    long before = packetsOut(bob);
    does("session", "checkpoint", bob);
    assertFalse(fence.isReached(), "while it is suspended");
    does("session", "restore", bob, "server1");
    fence.holds();
    assertTrue(packetsOut(bob) > before, "the account goes on");

    does("session", "policy", bob, "--no-restricted");
    Waiting.until("the outside host to be reached again", STEP, fence::reachesOutside);
    does("session", "unpublish", bob, "tcp/" + Fence.OUTSIDE_PORT);
    assertFalse(fence.isReached(), "after it was withdrawn");
    String audit = administrator.does("audit", "--json").out();
    for (String action : List.of("session-policy", "session-publish", "session-withdraw")) {
      assertTrue(audit.contains(action), () -> "no " + action + " in: " + audit);
    }
    does("session", "destroy", bob);
    // A port that is not published is the proxy's own, which refuses by a reset.
    resets = ResetCounter.start(run);
  }

  private void does(String... words) {
    Command.Result r = administrator.does(words);
    assertEquals(0, r.exit(), () -> String.join(" ", words) + ": " + r.err());
  }

  private long packetsOut(String id) {
    String text = administrator.does("session", "traffic", id, "--json").out();
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readObject().getJsonNumber("packetsOut").longValue();
    }
  }

  private Path password(String name, String word) throws Exception {
    return Files.writeString(run.directory().resolve(name + ".password"), word + "\n");
  }

  private static void says(Command.Result result, String... parts) {
    for (String part : parts) {
      assertTrue(result.err().contains(part), () -> "no `" + part + "` in: " + result.err());
    }
  }

  private String server() {
    return api.session(session).getString("server");
  }

  private static String other(String server) {
    return server.equals("server1") ? "server2" : "server1";
  }

  private JsonObject newest() {
    return api.workflows(session).getJsonObject(0);
  }

  private void failedAt(String step, String server, String code) {
    JsonObject workflow = newest();
    assertEquals("failed", workflow.getString("state"), workflow::toString);
    JsonObject failure = workflow.getJsonObject("failure");
    assertEquals(
        List.of(step, server, code),
        List.of(failure.getString("step"), failure.getString("server"), failure.getString("code")));
  }

  private String newestId() {
    return api.workflows(session).stream()
        .findFirst()
        .map(w -> w.asJsonObject().getString("id"))
        .orElse("none");
  }

  private static Stream<String> steps(JsonObject workflow) {
    return workflow.getJsonArray("steps").stream().map(s -> s.asJsonObject().getString("name"));
  }

  private String lastStep() {
    return steps(newest()).reduce("none", (earlier, later) -> later);
  }

  private boolean hasBegun(String step) {
    return steps(newest()).anyMatch(step::equals);
  }

  private void isUp(String server) {
    Waiting.until(
        server + " to report again",
        RESTART,
        () -> api.server(server).getString("state").equals("up"));
  }

  /** Does something while a directory of a server has hardly any space. */
  private void withLittleSpace(String server, String directory, Runnable work) {
    LabHost host = LabHost.find(run, server);
    host.command("mkdir", "-p", directory).run();
    host.command("mount", "-t", "tmpfs", "-o", "size=" + LITTLE, "tmpfs", directory).run();
    try {
      work.run();
    } finally {
      host.command("umount", directory).run();
    }
  }

  /** Does something while a server cannot begin a conversation of the tier with another one. */
  private void withoutWay(String from, String to, Runnable work) {
    LabHost host = LabHost.find(run, from);
    host.command("nft", "add table inet cut").run();
    host.command("nft", "add chain inet cut out { type filter hook output priority 0; }").run();
    host.command(
            "nft",
            "add rule inet cut out ip daddr %s tcp dport %d reject with tcp reset"
                .formatted(LabNetwork.tierAddress(to), TIER_PORT))
        .run();
    try {
      work.run();
    } finally {
      host.command("nft", "delete table inet cut").run();
    }
  }
}
