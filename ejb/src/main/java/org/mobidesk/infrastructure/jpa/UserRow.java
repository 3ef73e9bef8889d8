package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.mobidesk.domain.model.user.PasswordHash;
import org.mobidesk.domain.model.user.Role;
import org.mobidesk.domain.model.user.User;

/** A row of the users. */
@Entity
@Table(name = "md_user")
class UserRow {

  @Id private String name;

  @Column(nullable = false)
  private String password;

  /** Names, separated by commas. */
  @Column(nullable = false)
  private String roles;

  protected UserRow() {}

  UserRow(User user) {
    name = user.name();
    password = user.password().text();
    roles = user.roles().stream().map(Role::name).sorted().collect(Collectors.joining(","));
  }

  User toDomain() {
    Set<Role> parsed =
        Arrays.stream(roles.split(","))
            .filter(r -> !r.isEmpty())
            .map(Role::valueOf)
            .collect(Collectors.toSet());
    return new User(name, new PasswordHash(password), parsed);
  }
}
