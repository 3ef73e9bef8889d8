package org.mobidesk.domain.model.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PasswordHashTest {

  private static final SecureRandom RANDOM = new SecureRandom();

  @Test
  void matchesItsPasswordOnlyAndSaysItsCost() {
    PasswordHash hash = PasswordHash.of("lovelace", RANDOM);
    assertTrue(hash.matches("lovelace"));
    assertFalse(hash.matches("Lovelace"));
    assertFalse(hash.matches(""));
    assertTrue(hash.text().startsWith("pbkdf2-sha256$600000$"), hash.text());
    assertFalse(hash.toString().contains(hash.text()));
  }

  @Test
  void isSalted() {
    assertNotEquals(PasswordHash.of("x", RANDOM).text(), PasswordHash.of("x", RANDOM).text());
  }

  /** A vector of PBKDF2-HMAC-SHA-256, computed by another implementation (Python's hashlib). */
  @Test
  void isPbkdf2() {
    PasswordHash vector =
        new PasswordHash("pbkdf2-sha256$1$c2FsdA$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs");
    assertTrue(vector.matches("password"));
  }

  @Test
  void refusesSchemesThatItDoesNotKnow() {
    PasswordHash foreign = new PasswordHash("md5$1$x$y");
    assertThrows(IllegalStateException.class, () -> foreign.matches("x"));
  }

  @Test
  void usersHaveNamesThatAccountsCanHave() {
    PasswordHash hash = PasswordHash.of("x", RANDOM);
    assertThrows(IllegalArgumentException.class, () -> new User("Ada", hash, Set.of(Role.USER)));
    assertEquals("ada", new User("ada", hash, Set.of(Role.USER)).name());
  }
}
