package org.mobidesk.application;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.mobidesk.application.port.AdminTokens;
import org.mobidesk.application.port.UserRepository;
import org.mobidesk.domain.model.session.SessionCookie;
import org.mobidesk.domain.model.user.PasswordHash;
import org.mobidesk.domain.model.user.Role;
import org.mobidesk.domain.model.user.User;

/** Who is there: passwords of users, tokens of administrators. */
@ApplicationScoped
public class Authentication {

  private static final Duration TOKEN_LIFETIME = Duration.ofHours(12);

  /** Longer ones cost time to hash and are nobody's. */
  private static final int MOST_PASSWORD_CHARACTERS = 1024;

  /** Passwords are costly to check: as many at once as leave a processor for the sessions. */
  private final Semaphore checks =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() - 1), true);

  private final SecureRandom random = new SecureRandom();

  /** Checked when there is no such user, so that the answer takes as long. */
  private PasswordHash nobody;

  @Inject private UserRepository users;
  @Inject private AdminTokens tokens;
  @Inject private LoginThrottle throttle;
  @Inject private Audit audit;

  /** A token and when it ends. */
  public record Token(String value, Instant expires) {}

  @PostConstruct
  void prepare() {
    nobody = PasswordHash.of(SessionCookie.random(random).value(), random);
  }

  /**
   * The user, if the password is right and the role is there.
   *
   * @param origin address that the attempt came from
   * @throws RequestRefused when it is not, or after too many failures
   */
  public User authenticate(String name, String password, Role role, String origin) {
    Instant now = Instant.now();
    throttle.check(name, origin, now);
    Optional<User> user = User.isName(name) ? users.find(name) : Optional.empty();
    boolean right = matches(user.map(User::password).orElse(nobody), password);
    if (user.isEmpty() || !right || !user.get().has(role)) {
      throttle.failed(name, origin, now);
      audit.record(name, origin, "login-failed", null, "as " + role);
      throw new RequestRefused(
          RequestRefused.Reason.UNAUTHENTICATED,
          "login-refused",
          "the user name or the password is wrong");
    }
    throttle.succeeded(name, origin);
    return user.get();
  }

  /** A new token for an administrator. */
  public Token issueToken(User administrator, String origin) {
    SessionCookie token = SessionCookie.random(random);
    Instant expires = Instant.now().plus(TOKEN_LIFETIME);
    tokens.add(token.hash(), administrator.name(), expires);
    audit.record(administrator.name(), origin, "token", null, null);
    return new Token(token.value(), expires);
  }

  /**
   * The administrator whose token this is.
   *
   * @throws RequestRefused when it is nobody's
   */
  public String administrator(String token) {
    return tokens
        .userOf(SessionCookie.hashOf(token), Instant.now())
        .orElseThrow(
            () ->
                new RequestRefused(
                    RequestRefused.Reason.UNAUTHENTICATED,
                    "token-invalid",
                    "the token is unknown or has expired; get one by POST /api/v1/token"));
  }

  private boolean matches(PasswordHash hash, String password) {
    if (password.length() > MOST_PASSWORD_CHARACTERS) {
      return false;
    }
    checks.acquireUninterruptibly();
    try {
      return hash.matches(password);
    } finally {
      checks.release();
    }
  }
}
