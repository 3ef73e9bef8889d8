package org.mobidesk.interfaces.display;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.mobidesk.application.RecoveryPolicy;
import org.mobidesk.application.SecondLogins;
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
  @Inject private SecondLogins secondLogins;

  /** A relay for one viewer of a session, which came with a cookie. */
  StreamHandler.Stream relay(String session, String cookie) {
    return peer -> {
      try (SessionWatch watch = new SessionWatch(session, sessions, changes)) {
        SessionDisplays displays = new SessionDisplays(servers, recovery, client);
        new DisplayRelay(peer, watch, displays, new ViewerClaim(secondLogins, cookie)).run();
      }
    };
  }
}
