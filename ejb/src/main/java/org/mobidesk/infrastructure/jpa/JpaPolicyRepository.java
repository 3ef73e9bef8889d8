package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.PolicyRepository;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.session.SessionState;

/** Policies in the database. Writes are flushed, so that a lost race is an exception here. */
@ApplicationScoped
@Transactional
public class JpaPolicyRepository implements PolicyRepository {

  private static final String OF_ENDED =
      " where r.session in (select s.id from SessionRow s where s.state = :ended)";

  @PersistenceContext private EntityManager entities;

  @Override
  public SessionPolicy of(String session) {
    PolicyRow row = entities.find(PolicyRow.class, session);
    return row == null
        ? SessionPolicy.DEFAULT
        : row.toDomain(publications(session).stream().map(PublicationRow::toDomain).toList());
  }

  private List<PublicationRow> publications(String session) {
    return entities
        .createQuery(
            "select p from PublicationRow p where p.session = :session order by p.outside",
            PublicationRow.class)
        .setParameter("session", session)
        .getResultList();
  }

  @Override
  public Map<String, SessionPolicy> all() {
    Map<String, List<Publication>> published =
        entities
            .createQuery("select p from PublicationRow p order by p.outside", PublicationRow.class)
            .getResultStream()
            .collect(
                Collectors.groupingBy(
                    PublicationRow::session,
                    Collectors.mapping(PublicationRow::toDomain, Collectors.toList())));
    return entities
        .createQuery("select p from PolicyRow p", PolicyRow.class)
        .getResultStream()
        .collect(
            Collectors.toMap(
                PolicyRow::session,
                p -> p.toDomain(published.getOrDefault(p.session(), List.of()))));
  }

  @Override
  public Optional<String> publisher(String outside) {
    return Optional.ofNullable(entities.find(PublicationRow.class, outside))
        .map(PublicationRow::session);
  }

  @Override
  public void save(String session, SessionPolicy policy) {
    forgetEnded();
    for (Publication publication : policy.published()) {
      refuseTaken(session, publication);
    }
    PolicyRow row = entities.find(PolicyRow.class, session);
    if (row == null) {
      row = new PolicyRow(session);
      entities.persist(row);
    }
    row.set(policy);
    publications(session).forEach(entities::remove);
    entities.flush();
    policy.published().forEach(p -> entities.persist(new PublicationRow(session, p)));
    entities.flush();
  }

  private void refuseTaken(String session, Publication publication) {
    publisher(publication.outside())
        .filter(owner -> !owner.equals(session))
        .ifPresent(
            owner -> {
              throw new RequestRefused(
                  Reason.CONFLICT,
                  "port-taken",
                  "port "
                      + publication.outside()
                      + " of the proxy is that of session "
                      + owner
                      + "; take another one");
            });
  }

  @Override
  public void forgetEnded() {
    for (String row : List.of("PolicyRow", "PublicationRow")) {
      entities
          .createQuery("delete from " + row + " r" + OF_ENDED)
          .setParameter("ended", SessionState.ENDED)
          .executeUpdate();
    }
  }
}
