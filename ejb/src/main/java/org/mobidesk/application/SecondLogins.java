package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.Optional;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.domain.model.session.SecondLogin;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCookie;
import org.mobidesk.domain.model.session.SessionState;

/**
 * Whether a viewer takes a session over from another one, or joins. When it takes over, the login
 * of the other one is over: a viewer that tries again by itself, after whatever loss, is refused,
 * so that two of them never take a desktop from each other in turn.
 */
@ApplicationScoped
public class SecondLogins {

  @Inject private SessionRepository sessions;
  @Inject private CookieTable cookies;
  @Inject private Node node;

  /** What holds for a session. */
  public SecondLogin policyOf(Session session) {
    return Optional.ofNullable(session.settings().secondLogin()).orElseGet(node::secondLogin);
  }

  /** Sets what holds for a session from the next login on; null: what the installation says. */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public Session change(String id, SecondLogin policy) {
    Session session =
        sessions
            .find(id)
            .orElseThrow(
                () ->
                    new RequestRefused(
                        Reason.NOT_FOUND, "session-unknown", "there is no session " + id));
    if (session.state() == SessionState.ENDED) {
      throw new RequestRefused(Reason.CONFLICT, "session-ended", "session " + id + " has ended");
    }
    Session changed = session.withSecondLogin(policy);
    sessions.save(changed);
    return changed;
  }

  /**
   * A viewer with keys and mouse comes to a session.
   *
   * @param asksToTakeOver where others may join, too
   * @return whether it takes the session over
   */
  public boolean takesOver(Session session, String cookie, boolean asksToTakeOver) {
    boolean takesOver = asksToTakeOver || policyOf(session) == SecondLogin.TAKE_OVER;
    cookies.use(SessionCookie.hashOf(cookie), takesOver);
    return takesOver;
  }

  /** Whether a login has not been taken over, nor its session ended. */
  public boolean isGood(String cookie) {
    return cookies.sessionOf(SessionCookie.hashOf(cookie)).isPresent();
  }
}
