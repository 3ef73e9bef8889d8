package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCookie;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.user.Role;
import org.mobidesk.domain.model.user.User;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/** A user comes to the desktop, and leaves it for good. */
@ApplicationScoped
public class Login {

  /** How long a login may take until its desktop can be shown. */
  private static final Duration MOST = Duration.ofSeconds(60);

  @Inject private Authentication authentication;
  @Inject private SessionAdministration administration;
  @Inject private SessionRepository sessions;
  @Inject private WorkflowWaits waits;
  @Inject private CookieTable cookies;
  @Inject private Audit audit;

  private final SecureRandom random = new SecureRandom();

  /** What a login gives. */
  public record Welcome(String cookie, Session session) {}

  /**
   * Starts, resumes or joins the user's session; returns when its desktop can be shown.
   *
   * @param template of a new session; null: the default
   * @throws RequestRefused when the password is wrong or there is no room
   */
  public Welcome login(
      String userName, String password, String template, SessionSettings settings, String origin) {
    User user = authentication.authenticate(userName, password, Role.USER, origin);
    Session session = ready(user.name(), template, settings, Instant.now().plus(MOST));
    SessionCookie cookie = SessionCookie.random(random);
    cookies.add(cookie.hash(), session.id());
    audit.record(user.name(), origin, "login", session.id(), null);
    return new Welcome(cookie.value(), session);
  }

  /** Ends the session of a cookie. */
  public void logout(String cookie, String origin) {
    Session session = sessionOf(cookie);
    audit.record(session.user(), origin, "logout", session.id(), null);
    Workflow workflow = administration.destroy(session.id());
    waits.await(workflow.id(), MOST);
  }

  /**
   * The session that a viewer's cookie is for.
   *
   * @throws RequestRefused when it is for none that is alive
   */
  public Session sessionOf(String cookie) {
    return cookies
        .sessionOf(SessionCookie.hashOf(cookie))
        .flatMap(sessions::find)
        .filter(s -> s.state().alive())
        .orElseThrow(
            () ->
                new RequestRefused(
                    Reason.UNAUTHENTICATED,
                    "cookie-invalid",
                    "this login is over: the session has ended, or another login has taken it over;"
                        + " log in again"));
  }

  private Session ready(String user, String template, SessionSettings settings, Instant deadline) {
    while (Instant.now().isBefore(deadline)) {
      Optional<Session> alive = sessions.findAliveOf(user);
      if (alive.isEmpty()) {
        settle(administration.create(user, template, null, settings), deadline);
        continue;
      }
      Session session = alive.get();
      switch (session.state()) {
        case RUNNING -> {
          return session;
        }
        case SUSPENDED -> settle(administration.restore(session.id(), null), deadline);
        case MOVING, STARTING -> {
          if (isMigrating(session)) {
            return session;
          }
          session.busyWith().ifPresent(w -> waits.await(w, until(deadline)));
        }
        case ENDED, LOST -> throw new IllegalStateException("not alive: " + session.state());
      }
    }
    throw new RequestRefused(
        Reason.UNAVAILABLE,
        "login-slow",
        "the desktop could not be shown within " + MOST.toSeconds() + " s; try again");
  }

  /** A viewer can be let in at once: the relay waits for the end of the move. */
  private boolean isMigrating(Session session) {
    return session
        .busyWith()
        .map(id -> waits.await(id, Duration.ZERO))
        .filter(w -> w.kind() == WorkflowKind.MIGRATE && w.state() == WorkflowState.RUNNING)
        .isPresent();
  }

  private void settle(Workflow workflow, Instant deadline) {
    Workflow end = waits.await(workflow.id(), until(deadline));
    end.failure()
        .ifPresent(
            f -> {
              throw new RequestRefused(
                  Reason.UNAVAILABLE, f.code().wire(), f.inWords(workflow.kind()));
            });
  }

  private static Duration until(Instant deadline) {
    Duration left = Duration.between(Instant.now(), deadline);
    return left.isNegative() ? Duration.ZERO : left;
  }
}
