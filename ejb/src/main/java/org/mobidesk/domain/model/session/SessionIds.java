package org.mobidesk.domain.model.session;

import java.security.SecureRandom;

/** Names of new sessions: the user's, and enough chance that no other session ever has it. */
public final class SessionIds {

  private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";
  private static final int RANDOM_LETTERS = 6;
  private static final int USER_LETTERS = 32;

  private SessionIds() {}

  /** A new id for a session of this user. */
  public static String next(String user, SecureRandom random) {
    StringBuilder id = new StringBuilder(user.replace('_', '-'));
    id.setLength(Math.min(id.length(), USER_LETTERS));
    id.append('-');
    for (int i = 0; i < RANDOM_LETTERS; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return id.charAt(0) == '-' ? "s" + id : id.toString();
  }
}
