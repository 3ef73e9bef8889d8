package org.mobidesk.infrastructure.jca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** Steps whose answers came too late are done again: nothing may be sent twice. */
class SendingsTest {
  private final Sendings sendings = new Sendings();

  @Test
  void aStepThatIsDoneAgainFindsWhatItBegan() throws Exception {
    assertFalse(sendings.isBegun("ada", "move-1"));
    sendings.begin("ada", "move-1", () -> 7L);
    assertTrue(sendings.isBegun("ada", "move-1"));
    assertEquals(OptionalLong.of(7), sendings.await("ada", "move-1"));
    assertTrue(sendings.isBegun("ada", "move-1"), "also when it was waited for");
    assertEquals(OptionalLong.of(7), sendings.await("ada", "move-1"));
  }

  @Test
  void whatDidNotArriveIsBegunAnew() throws Exception {
    sendings.begin(
        "ada",
        "move-1",
        () -> {
          throw new IOException("lost");
        });
    assertThrows(ExecutionException.class, () -> sendings.await("ada", "move-1"));
    assertEquals(OptionalLong.empty(), sendings.await("ada", "move-1"));
    sendings.sent("ada", "move-1", 9);
    assertEquals(OptionalLong.of(9), sendings.await("ada", "move-1"));
  }

  @Test
  void anotherWorkflowOrSessionFindsNothing() throws Exception {
    sendings.begin("ada", "move-1", () -> 7L);
    assertEquals(OptionalLong.empty(), sendings.await("bob", "move-1"));
    assertFalse(sendings.isBegun("ada", "move-2"));
    sendings.begin("ada", "move-2", () -> 8L);
    assertEquals(OptionalLong.empty(), sendings.await("ada", "move-1"));
    assertEquals(OptionalLong.of(8), sendings.await("ada", "move-2"));
    sendings.forget("ada");
    assertFalse(sendings.isBegun("ada", "move-2"));
  }
}
