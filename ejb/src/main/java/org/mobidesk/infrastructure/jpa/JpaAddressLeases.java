package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.mobidesk.application.Node;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.port.AddressLeases;
import org.mobidesk.domain.model.session.AddressPool;

/** Addresses of sessions in the database: its primary key lets each be leased once. */
@ApplicationScoped
@Transactional
public class JpaAddressLeases implements AddressLeases {

  /** Longer than peers keep neighbours and connections of a session that has ended. */
  private static final Duration QUARANTINE = Duration.ofMinutes(5);

  @Inject private Node node;
  @PersistenceContext private EntityManager entities;

  @Override
  public String lease(String session, Instant now) {
    entities
        .createQuery("delete from AddressRow a where a.releasedUs < :horizon")
        .setParameter("horizon", Texts.micros(now.minus(QUARANTINE)))
        .executeUpdate();
    Set<String> taken =
        entities
            .createQuery("select a.address from AddressRow a", String.class)
            .getResultStream()
            .collect(Collectors.toSet());
    String address =
        new AddressPool(node.sessionNetwork())
            .free(taken)
            .orElseThrow(
                () ->
                    new RequestRefused(
                        RequestRefused.Reason.UNAVAILABLE,
                        "no-address",
                        "all addresses of " + node.sessionNetwork() + " are in use"));
    entities.persist(new AddressRow(address, session));
    entities.flush();
    return address;
  }

  @Override
  public void release(String session, Instant now) {
    entities
        .createQuery("select a from AddressRow a where a.session = :session", AddressRow.class)
        .setParameter("session", session)
        .getResultStream()
        .forEach(a -> a.release(Texts.micros(now)));
  }
}
