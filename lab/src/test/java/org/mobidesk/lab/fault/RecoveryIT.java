package org.mobidesk.lab.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.NodeProcess;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.node.SessionShell;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * A server that does not answer any more: its session goes on from the last copy at the other one,
 * and what the silent server still has ends when it is back. A program in the session counts into a
 * file: no number is missing there, and none is written twice, whoever ran it.
 */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecoveryIT {
  private static final Duration PATIENCE = Duration.ofSeconds(300);

  /** Each number with the time at which it was written. */
  private static final String COUNT =
      """
      #!/bin/sh
      i=0
      while :; do
        i=$((i + 1))
        echo "$i $(date +%s)" >>count.log
        sleep 0.2
      done
      """;

  private final LabRun run = new LabRun("rec" + ProcessHandle.current().pid() % 1_000_000);
  private final Checkout checkout = Checkout.find();

  private HttpClient client;
  private RestApi api;
  private Administrator administrator;
  private String session;
  private SessionShell shell;

  @BeforeAll
  void start() throws IOException {
    LabAccess access =
        new Lab(checkout, new Progress(System.out), run)
            .property("mobidesk.session.copy", "PT30S")
            .property("mobidesk.session.recover", "PT15S")
            .start(List.of("minimal"));
    client = access.client();
    api = new RestApi(access, client);
    Path password = run.directory().resolve("recovery.password");
    Files.writeString(password, access.administratorPassword() + "\n");
    administrator = new Administrator(checkout, run, password);
    Command.Result created =
        administrator.does("session", "create", access.user(), "--server", "server2");
    assertEquals(0, created.exit(), created.err());
    session = api.sessions().getJsonObject(0).getString("id");
    shell = new SessionShell(api, session);
    shell.write("count", COUNT, "700");
    shell.run("setsid -f ./count </dev/null >/dev/null 2>&1");
  }

  @AfterAll
  void remove() {
    if (client != null) {
      client.close();
    }
    new LabRemoval(run).remove();
  }

  @Test
  void aSessionOutlivesItsServers() {
    long first = copyAfter(0);
    SortedMap<Integer, String> programs = programs();
    move("server1");

    // The other server has seen the session later than in the epoch that it goes back to.
    Silence silence = new Silence("server1");
    runsAt("server2");
    assertEquals(programs, programs());
    goesOnAfter(silence);
    Command.Result audit = administrator.does("audit", "--session", session);
    assertTrue(audit.out().contains("session-recover"), audit.out() + audit.err());

    // It has neither died nor noticed anything: it runs the session still.
    silence.ends();
    hasNothing("server1", "up");
    goesOnAfter(silence);

    long second = copyAfter(first);
    does("server", "maintenance", "server2", "on");
    Silence crash = new Silence("server2");
    String outlook = api.session(session).getString("outlook");
    assertTrue(outlook.contains("server2 is down since"), outlook);
    assertTrue(outlook.contains("can be recovered"), outlook);
    does("session", "recover", session);
    runsAt("server1");
    assertTrue(epochOfCopy() >= second);
    assertEquals(programs, programs());
    goesOnAfter(crash);

    crash.kill();
    hasNothing("server2", "maintenance");
    goesOnAfter(crash);
    does("session", "copy", session);
    does("server", "maintenance", "server2", "off");
    move("server2");
    goesOnAfter(crash);

    Silence reboot = new Silence("server2");
    killPrograms("server2");
    reboot.kill();
    Waiting.until(
        "the session to go on, wherever",
        PATIENCE,
        () -> api.session(session).getString("state").equals("running") && wasTaken(reboot));
    assertEquals(programs, programs());
    goesOnAfter(reboot);
  }

  private boolean isBeingCopied() {
    JsonObject newest = api.workflows(session).getJsonObject(0);
    return newest.getString("kind").equals("copy") && newest.getString("state").equals("running");
  }

  /** Copies take a session one epoch up, a recovery takes it two. */
  private boolean wasTaken(Silence silence) {
    return epoch() > silence.epoch + 1;
  }

  private long epoch() {
    return api.session(session).getJsonNumber("epoch").longValue();
  }

  /** All that runs in the session's control group, of version 1 or 2. */
  private void killPrograms(String server) {
    String group = "mobidesk-" + run.name() + "-" + server + "/" + session + "/cgroup.procs";
    Path all =
        Stream.of("memory/" + group, group)
            .map(name -> Path.of("/sys/fs/cgroup", name))
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    try {
      for (String pid : Files.readAllLines(all)) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
      }
      Waiting.until("the session's programs to be gone", PATIENCE, () -> isEmpty(all));
    } catch (IOException e) {
      throw new LabException("cannot read " + all, e);
    }
  }

  private static boolean isEmpty(Path list) {
    try {
      return Files.readAllLines(list).isEmpty();
    } catch (IOException e) {
      throw new LabException("cannot read " + list, e);
    }
  }

  /** Nothing of a server answers, or sends anything. */
  private final class Silence {
    private final NodeProcess wildFly;
    private final NodeProcess daemon;
    private final long since;
    private final long copy;
    private final long epoch;

    /** A copy that was under way has succeeded or failed when the server is held for down. */
    Silence(String server) {
      LabHost host = LabHost.find(run, server);
      wildFly = NodeProcess.wildFly(host).orElseThrow();
      daemon = NodeProcess.hostDaemon(host).orElseThrow();
      epoch = epoch();
      mark(epochOfCopy());
      wildFly.stop();
      daemon.stop();
      since = Instant.now().getEpochSecond();
      Waiting.until(
          server + " to be held for down",
          PATIENCE,
          () -> api.server(server).getString("state").equals("down") && !isBeingCopied());
      copy = epochOfCopy();
    }

    void ends() {
      daemon.goOn();
      wildFly.goOn();
    }

    /** The daemon finds what it had when it is started again. */
    void kill() {
      daemon.kill();
      wildFly.goOn();
    }
  }

  /** But those that come and go with each number. */
  private SortedMap<Integer, String> programs() {
    SortedMap<Integer, String> all =
        again("the session's programs to be listed", () -> shell.processes());
    all.values().removeIf(name -> name.equals("sleep") || name.equals("date"));
    return all;
  }

  /** Written after the copy of this epoch, if that is the last one still. */
  private void mark(long epoch) {
    inside("touch after-" + epoch);
  }

  /**
   * What it did after the copy is not there, what it did before is, once, and it goes on since the
   * silence.
   */
  private void goesOnAfter(Silence silence) {
    assertEquals("", inside("ls after-" + silence.copy + " 2>/dev/null || :").strip());
    Waiting.until("the count to go on", PATIENCE, () -> lastCount().time > silence.since);
    Count before = lastCount();
    Waiting.until("the count to go on", PATIENCE, () -> lastCount().number > before.number + 5);
    List<Count> all = inside("cat count.log").lines().flatMap(l -> Count.of(l).stream()).toList();
    for (int i = 0; i < all.size(); i++) {
      assertEquals(i + 1, all.get(i).number, "numbers in their order, each once");
    }
    assertTrue(all.stream().anyMatch(c -> c.time <= silence.since), "what was before is there");
  }

  private record Count(long number, long time) {
    static Optional<Count> of(String line) {
      String[] words = line.strip().split(" ");
      return words.length == 2
          ? Optional.of(new Count(Long.parseLong(words[0]), Long.parseLong(words[1])))
          : Optional.empty();
    }
  }

  private Count lastCount() {
    return Count.of(inside("tail -n 1 count.log")).orElse(new Count(0, 0));
  }

  /** Runs a script; a copy that is being taken ends it, then it is run again. */
  private String inside(String script) {
    return again("`" + script + "` to be run in the session", () -> shell.run(script));
  }

  private static <T> T again(String what, Supplier<T> work) {
    return Waiting.value(
        what,
        PATIENCE,
        () -> {
          try {
            return Optional.of(work.get());
          } catch (LabException e) {
            return Optional.empty();
          }
        });
  }

  private long epochOfCopy() {
    return Optional.ofNullable(api.session(session).getJsonObject("copy"))
        .map(copy -> copy.getJsonNumber("epoch").longValue())
        .orElse(0L);
  }

  /** Waits for one that nobody has asked for. */
  private long copyAfter(long epoch) {
    Waiting.until("a copy to be taken", PATIENCE, () -> epochOfCopy() > epoch);
    return epochOfCopy();
  }

  private void runsAt(String server) {
    Waiting.until(
        "the session to go on at " + server,
        PATIENCE,
        () -> {
          JsonObject now = api.session(session);
          return now.getString("server").equals(server) && now.getString("state").equals("running");
        });
    assertFalse(api.session(session).containsKey("outlook"));
    inside("ping -n -c 3 -W 10 " + LabNetwork.OUTSIDE_ADDRESS);
  }

  private void hasNothing(String server, String state) {
    Waiting.until(
        server + " to be back, and to have ended what it had",
        PATIENCE,
        () ->
            api.server(server).getString("state").equals(state)
                && api.server(server).getInt("sessions") == 0);
  }

  /** A copy that is just being taken is in the way for a moment. */
  private void move(String server) {
    does("session", "migrate", session, server);
    runsAt(server);
  }

  /** {@code mobidesk WORDS}, again as long as the session is busy. */
  private void does(String... words) {
    Waiting.until(
        String.join(" ", words) + " to be done",
        PATIENCE,
        () -> {
          Command.Result result = administrator.does(words);
          assertTrue(
              result.exit() == 0 || result.err().contains("busy"), result.out() + result.err());
          return result.exit() == 0;
        });
  }
}
