package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import org.mobidesk.application.port.TrafficLedger;
import org.mobidesk.domain.model.network.Traffic;

/** Accounts of sessions in the database. Each proxy writes rows of its own. */
@ApplicationScoped
@Transactional
public class JpaTrafficLedger implements TrafficLedger {

  @PersistenceContext private EntityManager entities;

  @Override
  public Traffic note(String session, String proxy, Traffic counter) {
    TrafficRow row = entities.find(TrafficRow.class, TrafficRow.key(session, proxy));
    if (row == null) {
      row = new TrafficRow(session, proxy);
      entities.persist(row);
    }
    row.note(counter);
    entities.flush();
    return of(session);
  }

  @Override
  public Traffic of(String session) {
    return entities
        .createQuery("select t from TrafficRow t where t.session = :session", TrafficRow.class)
        .setParameter("session", session)
        .getResultStream()
        .map(TrafficRow::total)
        .reduce(Traffic.NONE, Traffic::plus);
  }
}
