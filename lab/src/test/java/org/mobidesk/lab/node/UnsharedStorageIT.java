package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/** A desktop between servers of which each has storage of its own: its disk moves with it. */
@Tag("long")
class UnsharedStorageIT {
  private static final long MEGABYTE = 1_000_000;

  /** What the session has on its disk besides itself; it does not compress. */
  private static final int FILE_MEGABYTES = 200;

  private final LabRun run = new LabRun("uns" + ProcessHandle.current().pid() % 1_000_000);

  private RestApi api;
  private String session;
  private SessionShell shell;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  private Path disk(String server) {
    return run.storage(server).resolve("disks").resolve(session + ".ext4");
  }

  private JsonObject move(String from, String to) {
    JsonObject moved = api.migrate(session, to);
    assertEquals("done", moved.getString("state"), moved::toString);
    JsonObject timings = moved.getJsonObject("timings");
    System.out.println(from + " to " + to + ": " + timings);
    assertTrue(Files.exists(disk(to)), "there is no " + disk(to));
    assertFalse(Files.exists(disk(from)), disk(from) + " is left");
    return timings;
  }

  @Test
  void theDiskMovesWithTheDesktop() {
    LabAccess access =
        new Lab(Checkout.find(), new Progress(System.out), run)
            .separateStorage()
            .start(List.of("minimal"));
    try (HttpClient client = access.client()) {
      api = new RestApi(access, client);
      JsonObject created = api.create(access.user(), "minimal", "server1");
      assertEquals("done", created.getString("state"), created::toString);
      session = created.getString("session");
      shell = new SessionShell(api, session);
      NumberClient numbers = new NumberClient(shell, new OutsideHost(run));
      numbers.install();
      numbers.start();

      shell.run(
          "dd if=/dev/urandom of=large bs=1M count=%d status=none; sha256sum large >sum"
              .formatted(FILE_MEGABYTES));
      // Writes, renames, shortens and deletes while the disk is sent.
      shell.write(
          "churn",
          """
          #!/bin/sh
          i=0
          while :; do
            i=$((i + 1))
            head -c 300000 /dev/urandom >churn-$i.new && mv churn-$i.new churn-$i
            sha256sum churn-$i >>churn-sums.new && cp churn-sums.new churn-sums.copy && mv churn-sums.copy churn-sums
            rm -f churn-$((i - 20))
            sleep 0.05
          done
          """,
          "700");
      shell.run("setsid ./churn >/dev/null 2>&1 </dev/null &");

      JsonObject there = move("server1", "server2");
      assertTrue(there.getJsonNumber("diskSentBytes").longValue() > FILE_MEGABYTES * MEGABYTE);
      assertTrue(
          there.getJsonNumber("diskRestBytes").longValue()
              < there.getJsonNumber("diskSentBytes").longValue());
      numbers.goesOn();
      check();

      shell.run("rm large sum; date >note");
      JsonObject back = move("server2", "server1");
      assertTrue(
          back.getJsonNumber("diskSentBytes").longValue() < FILE_MEGABYTES * MEGABYTE,
          "what was deleted was sent");
      numbers.goesOn();
      checkChurn();
      shell.run("test -s note");

      JsonObject suspended = api.hibernate(session);
      assertEquals("done", suspended.getString("state"), suspended::toString);
      LabException refused =
          assertThrows(LabException.class, () -> api.restore(session, "server2"));
      assertTrue(refused.getMessage().contains("other-storage"), refused.getMessage());
      JsonObject restored = api.restore(session, "server1");
      assertEquals("done", restored.getString("state"), restored::toString);
      shell.run("test -s note");
      checkChurn();
      JsonObject destroyed = api.destroy(session);
      assertEquals("done", destroyed.getString("state"), destroyed::toString);
      assertFalse(Files.exists(disk("server1")), disk("server1") + " is left");
    }
  }

  private void check() {
    shell.run("sha256sum --quiet -c sum");
    checkChurn();
  }

  /** All that was written, and not deleted since, is as it was written. */
  private void checkChurn() {
    shell.run("pgrep -x churn >/dev/null && sha256sum --quiet --ignore-missing -c churn-sums");
  }
}
