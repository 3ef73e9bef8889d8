package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Optional;
import org.mobidesk.application.port.AdminTokens;

/** Administrators' tokens in the database; expired ones go when a new one comes. */
@ApplicationScoped
@Transactional
public class JpaAdminTokens implements AdminTokens {

  @PersistenceContext private EntityManager entities;

  @Override
  public void add(String hash, String user, Instant expires) {
    entities
        .createQuery("delete from TokenRow t where t.expiresUs < :now")
        .setParameter("now", Texts.micros(Instant.now()))
        .executeUpdate();
    entities.persist(new TokenRow(hash, user, Texts.micros(expires)));
  }

  @Override
  public Optional<String> userOf(String hash, Instant now) {
    return Optional.ofNullable(entities.find(TokenRow.class, hash))
        .map(row -> row.userAt(Texts.micros(now)));
  }
}
