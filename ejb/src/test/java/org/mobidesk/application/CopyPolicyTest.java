package org.mobidesk.application;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionSettings;

class CopyPolicyTest {

  private static final Instant CREATED = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration EVERY = Duration.ofMinutes(10);

  private final Session session =
      Session.planned("i", "ada", "t-1", "10.74.0.16", "s1", SessionSettings.DEFAULT, CREATED);

  @Test
  void theFirstCopyIsDueSomeTimeAfterTheBeginning() {
    assertEquals(CREATED.plus(EVERY), CopyPolicy.due(session, EVERY, null));
  }

  @Test
  void theNextOneIsDueAfterTheLast() {
    Instant taken = CREATED.plusSeconds(1000);
    Session copied = session.copied(new SessionCopy(1, taken, Duration.ofMillis(300)));
    assertEquals(taken.plus(EVERY), CopyPolicy.due(copied, EVERY, taken.minusSeconds(1)));
  }

  @Test
  void oneThatFailedIsTriedAgainAfterTheSameTime() {
    Instant tried = CREATED.plusSeconds(1000);
    assertEquals(tried.plus(EVERY), CopyPolicy.due(session, EVERY, tried));
  }

  @Test
  void aSessionThatStoodStillForLongIsCopiedSeldom() {
    Session copied = session.copied(new SessionCopy(1, CREATED, Duration.ofSeconds(20)));
    assertEquals(CREATED.plusSeconds(2000), CopyPolicy.due(copied, EVERY, null));
  }
}
