package org.mobidesk.application;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class LoginThrottleTest {

  private final LoginThrottle throttle = new LoginThrottle();
  private final Instant now = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void refusesAfterSomeFailuresAndForgetsThemAfterAMinute() {
    fail("ada", "10.0.0.1", LoginThrottle.MOST_OF_USER_FROM_ORIGIN);
    RequestRefused refused =
        assertThrows(RequestRefused.class, () -> throttle.check("ada", "10.0.0.1", now));
    assertEquals(RequestRefused.Reason.TOO_MANY, refused.reason());
    assertDoesNotThrow(
        () -> throttle.check("ada", "10.0.0.1", now.plus(LoginThrottle.WINDOW).plusMillis(1)));
  }

  @Test
  void nobodyLocksOutAUserFromElsewhere() {
    fail("ada", "10.0.0.1", LoginThrottle.MOST_OF_USER_FROM_ORIGIN);
    assertDoesNotThrow(() -> throttle.check("ada", "10.0.0.2", now));
  }

  @Test
  void anOriginThatTriesManyUsersIsRefused() {
    for (int i = 0; i < LoginThrottle.MOST_FROM_ORIGIN; i++) {
      throttle.failed("user" + i, "10.0.0.1", now);
    }
    assertThrows(RequestRefused.class, () -> throttle.check("ada", "10.0.0.1", now));
    assertDoesNotThrow(() -> throttle.check("ada", "10.0.0.2", now));
  }

  @Test
  void manyOriginsThatTryOneUserAreRefused() {
    for (int i = 0; i < LoginThrottle.MOST_OF_USER; i++) {
      throttle.failed("ada", "10.0.0." + i, now);
    }
    assertThrows(RequestRefused.class, () -> throttle.check("ada", "10.9.9.9", now));
  }

  @Test
  void aRightPasswordForgivesMistakes() {
    fail("ada", "10.0.0.1", LoginThrottle.MOST_OF_USER_FROM_ORIGIN - 1);
    throttle.succeeded("ada", "10.0.0.1");
    fail("ada", "10.0.0.1", LoginThrottle.MOST_OF_USER_FROM_ORIGIN - 1);
    assertDoesNotThrow(() -> throttle.check("ada", "10.0.0.1", now));
  }

  private void fail(String user, String origin, int times) {
    for (int i = 0; i < times; i++) {
      throttle.failed(user, origin, now);
    }
  }
}
