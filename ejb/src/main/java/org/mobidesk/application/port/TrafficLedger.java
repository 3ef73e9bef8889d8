package org.mobidesk.application.port;

import org.mobidesk.domain.model.network.Traffic;

/** What sessions have sent and received in all their life, in the database. */
public interface TrafficLedger {

  /**
   * Notes what the counter of a proxy shows for a session; a counter may begin anew.
   *
   * @return all that the session has sent and received, by all proxies
   */
  Traffic note(String session, String proxy, Traffic counter);

  Traffic of(String session);
}
