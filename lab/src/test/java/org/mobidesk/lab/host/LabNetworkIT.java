package org.mobidesk.lab.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.process.Command;

/** Labs of their own names, on this machine. */
class LabNetworkIT {
  private final LabRun run = new LabRun("net" + ProcessHandle.current().pid() % 1_000_000);
  private final LabRun other = new LabRun("oth" + ProcessHandle.current().pid() % 1_000_000);

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
    new LabRemoval(other).remove();
  }

  @Test
  void hostsReachWhomTheyShould() {
    AccessNetwork access = LabNetwork.start(run);
    LabHost server = LabHost.find(run, "server1");
    assertTrue(answers(server, LabNetwork.tierAddress("server2")), "server to server");
    assertTrue(
        answers(LabHost.find(run, LabNetwork.PROXY), LabNetwork.OUTSIDE_ADDRESS),
        "proxy to outside");
    assertEquals(
        0,
        Command.of("ping", "-c1", "-W2", access.proxyAddress()).attempt().exit(),
        "machine to proxy");
    assertEquals(
        "server1", server.command("hostname").run().text(), "a host has a name of its own");
  }

  @Test
  void directoriesOfHostsAreTheirOwn() throws Exception {
    LabNetwork.start(run);
    LabHost one = LabHost.find(run, "server1");
    LabHost two = LabHost.find(run, "server2");
    one.command("sh", "-c", "echo one >/run/mobidesk/mine").run();
    assertNotEquals(0, two.command("test", "-e", "/run/mobidesk/mine").attempt().exit());
    assertEquals("one\n", Files.readString(one.runtime().resolve("mine")));
    assertFalse(Files.exists(Path.of("/run/mobidesk/mine")), "nor are they the machine's");
  }

  @Test
  void twoRunsAreUpAtOnceAndOneIsRemoved() {
    AccessNetwork first = LabNetwork.start(run);
    AccessNetwork second = LabNetwork.start(other);
    assertNotEquals(first.number(), second.number());

    new LabRemoval(run).remove();

    assertTrue(
        answers(LabHost.find(other, "server1"), LabNetwork.tierAddress("server2")),
        "the other is as it was");
    assertFalse(LabRun.all().contains(run));
    assertNotEquals(
        0, Command.of("ip", "link", "show", first.link()).attempt().exit(), "its link is gone");
  }

  @Test
  void removalEndsWhatWasStartedAndFindsProcessesWithoutRecords() throws Exception {
    LabNetwork.start(run);
    LabHost.find(run, "server1").daemon("sleeper", List.of("sleep", "1000"));
    Process stray =
        LabHost.builder(run, run.logs().resolve("stray.log"), List.of("sleep", "1000")).start();
    Command.of("rm", "-r", run.directory().resolve("server1").toString()).run();

    new LabRemoval(run).remove();

    Waiting.until("the stray process to end", Duration.ofSeconds(5), () -> !stray.isAlive());
    List<String> left =
        ProcessHandle.allProcesses()
            .filter(p -> p.info().commandLine().orElse("").contains(run.name()))
            .map(Object::toString)
            .toList();
    assertEquals(List.of(), left);
  }

  private static boolean answers(LabHost from, String address) {
    return from.command("ping", "-c1", "-W2", address).attempt().exit() == 0;
  }
}
