package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionState;

/** Sessions in the database. Writes are flushed, so that a lost race is an exception here. */
@ApplicationScoped
@Transactional
public class JpaSessionRepository implements SessionRepository {

  private static final int MOST_LISTED = 200;

  @PersistenceContext private EntityManager entities;

  @Override
  public Optional<Session> find(String id) {
    return Optional.ofNullable(entities.find(SessionRow.class, id)).map(SessionRow::toDomain);
  }

  @Override
  public Optional<Session> findAliveOf(String user) {
    return entities
        .createQuery("select s from SessionRow s where s.aliveOf = :user", SessionRow.class)
        .setParameter("user", user)
        .getResultStream()
        .findFirst()
        .map(SessionRow::toDomain);
  }

  @Override
  public List<Session> list() {
    List<Session> list = new java.util.ArrayList<>(alive());
    list.addAll(
        entities
            .createQuery(
                "select s from SessionRow s where s.aliveOf is null" + " order by s.createdMs desc",
                SessionRow.class)
            .setMaxResults(MOST_LISTED)
            .getResultStream()
            .map(SessionRow::toDomain)
            .toList());
    return list;
  }

  @Override
  public List<Session> alive() {
    return entities
        .createQuery(
            "select s from SessionRow s where s.aliveOf is not null order by s.createdMs desc",
            SessionRow.class)
        .getResultStream()
        .map(SessionRow::toDomain)
        .toList();
  }

  @Override
  public List<Session> lost() {
    return entities
        .createQuery("select s from SessionRow s where s.state = :state", SessionRow.class)
        .setParameter("state", SessionState.LOST)
        .getResultStream()
        .map(SessionRow::toDomain)
        .toList();
  }

  @Override
  public void add(Session session) {
    entities.persist(new SessionRow(session));
    entities.flush();
  }

  @Override
  public void save(Session session) {
    SessionRow row = entities.find(SessionRow.class, session.id());
    if (row == null) {
      throw new IllegalStateException("session " + session.id() + " is not in the database");
    }
    row.set(session);
    entities.flush();
  }
}
