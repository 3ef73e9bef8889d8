package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.UserRepository;
import org.mobidesk.domain.model.user.PasswordHash;
import org.mobidesk.domain.model.user.Role;
import org.mobidesk.domain.model.user.User;

/**
 * The first users: a properties file of {@code name=password,role[,role]}. Those that the database
 * does not know are made; the others stay as they are.
 */
@ApplicationScoped
public class BootstrapUsers {

  private static final Logger LOG = Logger.getLogger(BootstrapUsers.class);

  @Inject private Node node;
  @Inject private UserRepository users;

  private final SecureRandom random = new SecureRandom();

  /** Reads the file, if there is one. */
  public void create() {
    node.bootstrapUsers().ifPresent(this::createFrom);
  }

  private void createFrom(Path file) {
    Properties entries = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      entries.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException("reading the first users from " + file, e);
    }
    for (String name : entries.stringPropertyNames()) {
      if (users.find(name).isEmpty()) {
        users.add(parse(name, entries.getProperty(name), file));
        LOG.infof("user %s was made from %s", name, file);
      }
    }
  }

  private User parse(String name, String entry, Path file) {
    int comma = entry.indexOf(',');
    if (comma < 1) {
      throw new IllegalArgumentException(
          file + ": user " + name + " must be written as name=password,role[,role]");
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String role : entry.substring(comma + 1).split(",")) {
      roles.add(Role.valueOf(role.strip().toUpperCase(Locale.ROOT)));
    }
    return new User(name, PasswordHash.of(entry.substring(0, comma), random), roles);
  }
}
