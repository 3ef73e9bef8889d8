package org.mobidesk.interfaces.display;

import org.mobidesk.application.SecondLogins;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.protocol.MessageToSession.ClientHello;
import org.mobidesk.protocol.MessageToSession.ClientHello.Attach;

/** What one viewer may have of a session beside others, by the cookie that it came with. */
final class ViewerClaim {

  private final SecondLogins logins;
  private final String cookie;

  ViewerClaim(SecondLogins logins, String cookie) {
    this.logins = logins;
    this.cookie = cookie;
  }

  /** How the viewer attaches to the session, whatever it asks for; said once, at its hello. */
  Attach attach(Session session, ClientHello hello) {
    boolean takesOver =
        !hello.viewOnly() && logins.takesOver(session, cookie, hello.attach() == Attach.TAKE_OVER);
    return takesOver ? Attach.TAKE_OVER : Attach.JOIN;
  }

  /** Whether no other viewer has taken the session over. */
  boolean holds() {
    return logins.isGood(cookie);
  }
}
