package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import org.mobidesk.application.port.ServerRepository;

/** Decisions about servers in the database. */
@ApplicationScoped
@Transactional
public class JpaServerRepository implements ServerRepository {

  @PersistenceContext private EntityManager entities;

  @Override
  public boolean inMaintenance(String server) {
    ServerRow row = entities.find(ServerRow.class, server);
    return row != null && row.inMaintenance();
  }

  @Override
  public void setMaintenance(String server, boolean on) {
    entities.merge(new ServerRow(server, on));
  }
}
