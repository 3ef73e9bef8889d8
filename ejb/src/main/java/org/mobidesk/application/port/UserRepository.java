package org.mobidesk.application.port;

import java.util.Optional;
import org.mobidesk.domain.model.user.User;

/** Users in the database. */
public interface UserRepository {

  Optional<User> find(String name);

  void add(User user);
}
