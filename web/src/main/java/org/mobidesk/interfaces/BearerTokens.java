package org.mobidesk.interfaces;

import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.RequestRefused.Reason;

/** The Authorization header. */
public final class BearerTokens {

  private static final String SCHEME = "Bearer ";

  private BearerTokens() {}

  /**
   * The token in a header.
   *
   * @throws RequestRefused when there is none
   */
  public static String from(String header) {
    if (header == null || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw new RequestRefused(
          Reason.UNAUTHENTICATED,
          "authorization-missing",
          "the request needs a header \"Authorization: Bearer ...\"");
    }
    return header.substring(SCHEME.length()).strip();
  }
}
