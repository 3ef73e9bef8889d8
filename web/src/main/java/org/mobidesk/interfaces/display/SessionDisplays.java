package org.mobidesk.interfaces.display;

import java.io.IOException;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.infrastructure.tier.TierClient;
import org.mobidesk.infrastructure.tier.TierConnection;
import org.mobidesk.protocol.Protocol;

/** Opens displays of sessions at their servers. */
final class SessionDisplays {

  private final ServerDirectory servers;
  private final TierClient client;

  SessionDisplays(ServerDirectory servers, TierClient client) {
    this.servers = servers;
    this.client = client;
  }

  /** A new display connection to the server that has the session. */
  TierConnection open(Session session) throws IOException {
    String server = session.location().server();
    String address =
        servers
            .find(server)
            .map(s -> s.address())
            .orElseThrow(() -> new IOException("server " + server + " has not reported"));
    return client.upgrade(address, "/tier/display/" + session.id(), Protocol.UPGRADE_TOKEN);
  }
}
