package org.mobidesk.application.port;

import org.mobidesk.domain.model.session.SessionLocation;

/** Where each session is, as all proxies agree: the table under the commit of a migration. */
public interface LocationTable {

  /** Sets what the database says, where nothing is yet. */
  void prime(String session, SessionLocation location);

  /** Sets what the database says, whatever is there: after a commit that did not happen. */
  void reset(String session, SessionLocation location);

  /**
   * Moves a session, if it is where it is expected to be or is there already.
   *
   * @return whether it is at {@code next} now
   * @throws RuntimeException when the table refuses writes (this proxy is in a minority)
   */
  boolean compareAndSet(String session, SessionLocation expected, SessionLocation next);

  void remove(String session);
}
