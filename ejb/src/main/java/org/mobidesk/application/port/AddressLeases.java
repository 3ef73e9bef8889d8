package org.mobidesk.application.port;

import java.time.Instant;

/** Which session has which address. */
public interface AddressLeases {

  /**
   * Gives an address to a session.
   *
   * @throws org.mobidesk.application.RequestRefused when none is free
   */
  String lease(String session, Instant now);

  /** Takes it back, into quarantine. */
  void release(String session, Instant now);
}
