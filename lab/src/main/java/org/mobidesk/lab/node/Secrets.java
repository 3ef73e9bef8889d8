package org.mobidesk.lab.node;

import java.security.SecureRandom;

/**
 * Passwords of one run, made anew for each. They consist of letters and digits that nobody mistakes
 * for another.
 */
public record Secrets(
    String keys,
    String database,
    String broker,
    String cluster,
    String user,
    String administrator) {
  private static final String LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

  /** 5 bits a letter: 120 bits for what programs use. */
  private static final int PROGRAM = 24;

  /** 60 bits, for what a person types; the login slows down guesses. */
  private static final int PERSON = 12;

  static Secrets generate() {
    return new Secrets(
        word(PROGRAM), word(PROGRAM), word(PROGRAM), word(PROGRAM), word(PERSON), word(PERSON));
  }

  private static String word(int length) {
    SecureRandom random = new SecureRandom();
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < length; i++) {
      s.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return s.toString();
  }
}
