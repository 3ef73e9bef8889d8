package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import org.jboss.logging.Logger;
import org.mobidesk.domain.model.server.ServerReport;

/**
 * Sends sessions that nobody has looked at for the configured time to the storage tier. Without a
 * viewer there is no input either. What they were doing stops; it goes on when their user logs in.
 */
@ApplicationScoped
public class IdleSessions {

  private static final Logger LOG = Logger.getLogger(IdleSessions.class);

  @Inject private Node node;
  @Inject private SessionAdministration administration;
  @Inject private Audit audit;

  private final IdleClock clock = new IdleClock();

  /** Looks at a heartbeat. A restart of the proxy counts anew. */
  public void heard(ServerReport report, Instant now) {
    node.hibernateAfter()
        .ifPresent(most -> clock.idleFor(most, report, now).forEach(id -> hibernate(id, most)));
  }

  private void hibernate(String id, Duration most) {
    clock.restart(id);
    try {
      administration.hibernate(id);
      audit.record("policy", "", "session-hibernate", id, "nobody was at it for " + most);
      LOG.infof("session %s hibernates: nobody was at it for %s", id, most);
    } catch (RequestRefused e) {
      LOG.infof("session %s is idle and stays: %s", id, e.getMessage());
    }
  }
}
