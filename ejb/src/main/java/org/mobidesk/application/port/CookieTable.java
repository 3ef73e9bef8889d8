package org.mobidesk.application.port;

import java.util.Optional;

/** Session cookies, by hash. */
public interface CookieTable {

  void add(String hash, String session);

  Optional<String> sessionOf(String hash);

  /**
   * A viewer with keys and mouse has come with a cookie.
   *
   * @param alone whether the cookies that others have come with in this way are good no more
   */
  void use(String hash, boolean alone);

  /** The session has ended: none of its cookies is good any more. */
  void removeAllOf(String session);
}
