package org.mobidesk.domain.model.user;

import java.util.Set;
import java.util.regex.Pattern;

/**
 * Who may log in.
 *
 * @param name also the name of the account inside of the user's sessions
 */
public record User(String name, PasswordHash password, Set<Role> roles) {

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");

  public User {
    requireName(name);
    roles = Set.copyOf(roles);
  }

  /**
   * Refuses what is no user name.
   *
   * @throws IllegalArgumentException for people
   */
  public static void requireName(String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" is no user name: a lower case letter or _, then at most 31 of a-z 0-9 _ -");
    }
  }

  /** Whether this could be the name of a user. */
  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  public boolean has(Role role) {
    return roles.contains(role);
  }
}
