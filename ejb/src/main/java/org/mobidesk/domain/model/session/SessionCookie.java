package org.mobidesk.domain.model.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * What a viewer holds to come to its session: 256 random bits. The tables know its hash only, so
 * that who reads them cannot use what is there; a plain SHA-256 is enough for a value that cannot
 * be guessed. Administrators' tokens are made the same way.
 */
public final class SessionCookie {

  private static final int BYTES = 32;

  private final String value;

  private SessionCookie(String value) {
    this.value = value;
  }

  /** A new one. */
  public static SessionCookie random(SecureRandom random) {
    byte[] bits = new byte[BYTES];
    random.nextBytes(bits);
    return new SessionCookie(HexFormat.of().formatHex(bits));
  }

  /** For its holder: 64 hexadecimal digits. */
  public String value() {
    return value;
  }

  /** For the table. */
  public String hash() {
    return hashOf(value);
  }

  /** The hash under which a presented value would be found. */
  public static String hashOf(String presented) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(presented.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Never the value: cookies do not belong in logs. */
  @Override
  public String toString() {
    return "SessionCookie[hash " + hash().substring(0, 8) + "...]";
  }
}
