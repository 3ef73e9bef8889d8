package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.List;
import org.mobidesk.application.port.AuditTrail;
import org.mobidesk.domain.model.audit.AuditRecord;

/** The audit trail in the database, in transactions of its own. */
@ApplicationScoped
@Transactional(Transactional.TxType.REQUIRES_NEW)
public class JpaAuditTrail implements AuditTrail {

  private static final int MOST_LISTED = 500;

  @PersistenceContext private EntityManager entities;

  @Override
  public void add(AuditRecord record) {
    entities.persist(new AuditRow(record));
  }

  @Override
  public List<AuditRecord> latest(String session) {
    return entities
        .createQuery(
            "select a from AuditRow a where :session is null or a.session = :session"
                + " order by a.timeUs desc, a.id desc",
            AuditRow.class)
        .setParameter("session", session)
        .setMaxResults(MOST_LISTED)
        .getResultStream()
        .map(AuditRow::toDomain)
        .toList();
  }
}
