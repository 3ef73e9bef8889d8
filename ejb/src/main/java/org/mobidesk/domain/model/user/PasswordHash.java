package org.mobidesk.domain.model.user;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A password as it is stored: {@code pbkdf2-sha256$ITERATIONS$SALT$HASH}.
 *
 * <p>PBKDF2 with HMAC-SHA-256 and 600,000 iterations (OWASP Password Storage Cheat Sheet, 2023):
 * about a quarter of a second of one core for each guess. The cost stands in the text, so that it
 * can grow without invalidating what is stored.
 */
public record PasswordHash(String text) {

  /** Iterations of new hashes. */
  public static final int ITERATIONS = 600_000;

  private static final String SCHEME = "pbkdf2-sha256";
  private static final int SALT_BYTES = 16;
  private static final int HASH_BITS = 256;

  /** Hashes a new password with a fresh salt. */
  public static PasswordHash of(String password, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return new PasswordHash(
        String.join(
            "$",
            SCHEME,
            Integer.toString(ITERATIONS),
            base64.encodeToString(salt),
            base64.encodeToString(derive(password, salt, ITERATIONS))));
  }

  /** Whether this is the password; takes the same time whatever is wrong with it. */
  public boolean matches(String password) {
    String[] parts = text.split("\\$");
    if (parts.length != 4 || !parts[0].equals(SCHEME)) {
      throw new IllegalStateException("a stored password hash is of an unknown scheme");
    }
    byte[] salt = Base64.getDecoder().decode(parts[2]);
    byte[] expected = Base64.getDecoder().decode(parts[3]);
    return MessageDigest.isEqual(expected, derive(password, salt, Integer.parseInt(parts[1])));
  }

  private static byte[] derive(String password, byte[] salt, int iterations) {
    PBEKeySpec spec = new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BITS);
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("deriving a password hash", e);
    } finally {
      spec.clearPassword();
    }
  }

  /** Not the hash: it does not belong in logs. */
  @Override
  public String toString() {
    return "PasswordHash[" + SCHEME + "]";
  }
}
