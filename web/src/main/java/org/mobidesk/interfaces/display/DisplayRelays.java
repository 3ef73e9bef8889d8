package org.mobidesk.interfaces.display;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.mobidesk.application.RecoveryPolicy;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.application.SessionAdministration;
import org.mobidesk.application.SessionChanges;
import org.mobidesk.infrastructure.tier.TierClient;
import org.mobidesk.interfaces.StreamHandler;

/** Makes relays, and has what they need. */
@ApplicationScoped
public class DisplayRelays {

  @Inject private SessionAdministration sessions;
  @Inject private SessionChanges changes;
  @Inject private ServerDirectory servers;
  @Inject private RecoveryPolicy recovery;
  @Inject private TierClient client;

  /** A relay for one viewer of a session. */
  StreamHandler.Stream relay(String session) {
    return peer -> {
      try (SessionWatch watch = new SessionWatch(session, sessions, changes)) {
        new DisplayRelay(peer, watch, new SessionDisplays(servers, recovery, client)).run();
      }
    };
  }
}
