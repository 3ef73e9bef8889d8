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

  /**
   * Notes that a cookie was used.
   *
   * @param alone whether the others of its session that were used are removed
   * @return the hashes of those that were removed
   */
  public List<String> use(String hash, boolean alone) {
    CookieRow own = entities.find(CookieRow.class, hash);
    if (own == null) {
      return List.of();
    }
    own.use();
    if (!alone) {
      return List.of();
    }
    return remove(
        entities
            .createQuery(
                "select c from CookieRow c"
                    + " where c.session = :session and c.used = true and c.hash <> :hash",
                CookieRow.class)
            .setParameter("session", own.session())
            .setParameter("hash", hash)
            .getResultList());
  }

  /** Removes those of a session; returns their hashes. */
  public List<String> removeAllOf(String session) {
    return remove(
        entities
            .createQuery("select c from CookieRow c where c.session = :session", CookieRow.class)
            .setParameter("session", session)
            .getResultList());
  }

  private List<String> remove(List<CookieRow> rows) {
    rows.forEach(entities::remove);
    return rows.stream().map(CookieRow::hash).toList();
  }
}
