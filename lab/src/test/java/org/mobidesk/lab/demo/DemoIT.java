package org.mobidesk.lab.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/**
 * From login to a desktop that has moved there and back: the steps of the demo, each of which must
 * be seen to work.
 */
class DemoIT {
  private static final int SHOWN_MS = 60_000;

  private final LabRun run = new LabRun("e2e" + ProcessHandle.current().pid() % 1_000_000);

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void theDesktopMovesWhileItIsUsed() {
    int moves = Integer.getInteger("mobidesk.test.moves", 2);
    try (Demo demo = new Demo(Checkout.find(), run, new Progress(System.out), System.out, moves)) {
      List<Demo.Outcome> outcomes = demo.play();
      assertAll(outcomes.stream().map(o -> () -> assertTrue(o.ok(), o.step() + ": " + o.detail())));
      assertEquals(moves, demo.moves().size());
      assertTrue(Files.exists(demo.pictures().resolve("during.png")));
      aSecondLoginTakesOverOrJoins(demo);
    }
    new LabRemoval(run).remove();
    assertFalse(LabRun.all().contains(run));
  }

  private static void aSecondLoginTakesOverOrJoins(Demo demo) {
    String session = demo.viewer().status().getString("session");
    try (Viewer second = demo.startViewer("second")) {
      second.send("wait-connected " + SHOWN_MS);
      awaitState(demo.viewer(), "ended");
      String told = demo.viewer().status().getString("text");
      assertTrue(told.contains("shown elsewhere"), told);
      demo.api().setSecondLogin(session, "join");
      try (Viewer third = demo.startViewer("third")) {
        third.send("wait-connected " + SHOWN_MS);
        assertEquals("connected", second.status().getString("state"), "beside the third one");
        demo.api().setSecondLogin(session, "take-over");
        try (Viewer fourth = demo.startViewer("fourth")) {
          fourth.send("wait-connected " + SHOWN_MS);
          awaitState(second, "ended");
          awaitState(third, "ended");
          assertEquals("done", demo.api().migrate(session, other(demo)).getString("state"));
          fourth.send("wait-connected " + SHOWN_MS);
          assertEquals(1, fourth.status().getInt("connections"), "nobody took it back");
        }
      }
    }
  }

  private static String other(Demo demo) {
    String server = demo.moves().getLast().to();
    return LabNetwork.SERVERS.stream().filter(s -> !s.equals(server)).findFirst().orElseThrow();
  }

  private static void awaitState(Viewer viewer, String state) {
    Waiting.until(
        "a viewer to be " + state,
        Duration.ofSeconds(60),
        () -> viewer.status().getString("state").equals(state));
  }
}
