package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.application.port.Gateway;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;

/** What the proxy does with news from servers that are no answers to steps. */
@ApplicationScoped
public class ServerReports {

  private static final Logger LOG = Logger.getLogger(ServerReports.class);

  @Inject private ServerDirectory servers;
  @Inject private Reconciliation reconciliation;
  @Inject private IdleSessions idle;
  @Inject private SessionChanges changes;
  @Inject private CookieTable cookies;
  @Inject private LocationTable locations;
  @Inject private Gateway gateway;
  @Inject private Audit audit;

  public void heartbeat(ServerReport report) {
    Instant now = Instant.now();
    servers.heard(report, now);
    reconciliation.compare(report, now).forEach(this::changed);
    idle.heard(report, now);
  }

  public void sessionEnded(String server, String session, long epoch, String message) {
    reconciliation.endedByItself(server, session, epoch, message).ifPresent(this::changed);
  }

  /** Somebody may have tried to forge an image: that is for those who read the audit trail. */
  public void imageRefused(String server, String session, long epoch, String message) {
    audit.record(server, null, "image-refused", session, "epoch " + epoch + ": " + message);
  }

  private void changed(Session session) {
    if (session.state() == SessionState.ENDED) {
      cookies.removeAllOf(session.id());
      locations.remove(session.id());
      try {
        gateway.forget(session.address());
      } catch (StepFailed e) {
        LOG.warnf("the route of ended session %s stays: %s", session.id(), e.getMessage());
      }
    }
    changes.publish(session);
  }
}
