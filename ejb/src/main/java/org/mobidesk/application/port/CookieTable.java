package org.mobidesk.application.port;

import java.util.Optional;

/** Session cookies, by hash. */
public interface CookieTable {

  void add(String hash, String session);

  Optional<String> sessionOf(String hash);

  /** The session has ended: none of its cookies is good any more. */
  void removeAllOf(String session);
}
