package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.Optional;
import org.mobidesk.application.port.UserRepository;
import org.mobidesk.domain.model.user.User;

/** Users in the database. */
@ApplicationScoped
@Transactional
public class JpaUserRepository implements UserRepository {

  @PersistenceContext private EntityManager entities;

  @Override
  public Optional<User> find(String name) {
    return Optional.ofNullable(entities.find(UserRow.class, name)).map(UserRow::toDomain);
  }

  @Override
  public void add(User user) {
    entities.persist(new UserRow(user));
  }
}
