package org.mobidesk.lab.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.lab.Waiting;

class CommandTest {
  @Test
  void givesInputAndReturnsOutput() {
    assertEquals("hello", Command.of("cat").input("hello\n").run().text());
  }

  @Test
  void failureSaysWhatWasRunAndWhy() {
    CommandFailed e =
        assertThrows(
            CommandFailed.class,
            () -> Command.of("sh", "-c", "echo no such luck >&2; exit 3").run());
    assertTrue(e.getMessage().contains("status 3"), e.getMessage());
    assertTrue(e.getMessage().contains("no such luck"), e.getMessage());
  }

  @Test
  void aProgramThatIsNotThereFailsToo() {
    assertThrows(CommandFailed.class, () -> Command.of("/nonexistent/program").attempt());
  }

  @Test
  void whatTakesTooLongIsEnded() {
    assertThrows(
        CommandFailed.class,
        () -> Command.of("sleep", "1000").within(Duration.ofMillis(100)).attempt());
  }

  @Test
  void largeOutputOnBothStreamsDoesNotBlock() {
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Command.Result r =
        Command.of("sh", "-c", "seq 1 50000; seq 1 50000 >&2").errorLines(lines::add).run();
    assertEquals(50000, r.out().lines().count());
    assertEquals(50000, lines.size());
  }

  @Test
  void anInterruptEndsWhatWasStarted(@TempDir Path directory) throws Exception {
    Path pid = directory.resolve("pid");
    String script = "sleep 1000 & echo $! >part && mv part pid; wait";
    Thread runs =
        Thread.ofPlatform()
            .start(
                () ->
                    assertThrows(
                        CommandFailed.class,
                        () -> Command.of("sh", "-c", script).in(directory).attempt()));
    Waiting.until("the script to start", Duration.ofSeconds(60), () -> Files.exists(pid));
    long child = Long.parseLong(Files.readString(pid).strip());
    runs.interrupt();
    runs.join();
    Waiting.until(
        "its child to end",
        Duration.ofSeconds(60),
        () -> ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
  }
}
