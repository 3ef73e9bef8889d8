package org.mobidesk.domain.model.session;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What becomes of the viewer that a user has at the desktop when the user comes with another one.
 * Those who only look always join and are never sent away.
 */
public enum SecondLogin {
  /** The new one has the desktop; the one before is told so and does not come back by itself. */
  TAKE_OVER,

  /** Both have it. */
  JOIN;

  /** As administrators write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * By its {@link #word}.
   *
   * @throws IllegalArgumentException it is none, in words for people
   */
  public static SecondLogin of(String word) {
    return Arrays.stream(values())
        .filter(p -> p.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\"%s\" is no policy for second logins; there are %s"
                        .formatted(
                            word,
                            Arrays.stream(values())
                                .map(SecondLogin::word)
                                .collect(Collectors.joining(" and ")))));
  }
}
