package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;

/** The durable copy of the session cookies. */
@ApplicationScoped
@Transactional
public class CookieRows {

  @PersistenceContext private EntityManager entities;

  public void add(String hash, String session) {
    entities.persist(new CookieRow(hash, session));
  }

  public Optional<String> sessionOf(String hash) {
    return Optional.ofNullable(entities.find(CookieRow.class, hash)).map(CookieRow::session);
  }

  /** Removes those of a session; returns their hashes. */
  public List<String> removeAllOf(String session) {
    List<CookieRow> rows =
        entities
            .createQuery("select c from CookieRow c where c.session = :session", CookieRow.class)
            .setParameter("session", session)
            .getResultList();
    rows.forEach(entities::remove);
    return rows.stream().map(CookieRow::hash).toList();
  }
}
