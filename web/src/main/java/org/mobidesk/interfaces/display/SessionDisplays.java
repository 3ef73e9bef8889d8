package org.mobidesk.interfaces.display;

import java.io.IOException;
import org.mobidesk.application.RecoveryPolicy;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.infrastructure.tier.TierClient;
import org.mobidesk.infrastructure.tier.TierConnection;
import org.mobidesk.protocol.Protocol;

/** Opens displays of sessions at their servers. */
final class SessionDisplays {

  private final ServerDirectory servers;
  private final RecoveryPolicy recovery;
  private final TierClient client;

  SessionDisplays(ServerDirectory servers, RecoveryPolicy recovery, TierClient client) {
    this.servers = servers;
    this.recovery = recovery;
    this.client = client;
  }

  /** Whether nothing comes any more from the server that has the session. */
  boolean isGivenUp(Session session) {
    return recovery.isGivenUp(session);
  }

  /** A new display connection to the server that has the session. */
  TierConnection open(Session session) throws IOException {
    try {
      return connect(session);
    } catch (IOException e) {
      throw new IOException(recovery.outlook(session).orElse(e.getMessage()), e);
    }
  }

  private TierConnection connect(Session session) throws IOException {
    String server = session.location().server();
    String address =
        servers
            .find(server)
            .map(s -> s.address())
            .orElseThrow(() -> new IOException("server " + server + " has not reported"));
    return client.upgrade(address, "/tier/display/" + session.id(), Protocol.UPGRADE_TOKEN);
  }
}
