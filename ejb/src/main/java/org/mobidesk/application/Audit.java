package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import org.mobidesk.application.port.AuditTrail;
import org.mobidesk.domain.model.audit.AuditRecord;

/** Writes down who did what. */
@ApplicationScoped
public class Audit {

  @Inject private AuditTrail trail;

  public void record(String actor, String origin, String action, String session, String detail) {
    trail.add(new AuditRecord(Instant.now(), actor, origin, action, session, detail));
  }

  /** The latest records, newest first; all sessions when {@code session} is null. */
  public List<AuditRecord> latest(String session) {
    return trail.latest(session);
  }
}
