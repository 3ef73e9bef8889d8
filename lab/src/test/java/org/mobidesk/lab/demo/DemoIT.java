package org.mobidesk.lab.demo;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.setup.Checkout;

/**
 * From login to a desktop that has moved there and back: the steps of the demo, each of which must
 * be seen to work.
 */
class DemoIT {
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
    }
    new LabRemoval(run).remove();
    assertFalse(LabRun.all().contains(run));
  }
}
