package org.mobidesk.interfaces.display;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.mobidesk.application.Login;
import org.mobidesk.application.Node;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.interfaces.BearerTokens;
import org.mobidesk.interfaces.Upgrades;
import org.mobidesk.protocol.Protocol;

/** Viewers come here with their cookie, and leave HTTP behind. */
@WebServlet("/display")
public class DisplayServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  @Inject private transient Node node;
  @Inject private transient Login login;
  @Inject private transient DisplayRelays relays;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    if (!node.isProxy()) {
      Upgrades.refuse(response, 404, "not-a-proxy", "this node is a session server; ask a proxy");
      return;
    }
    if (!Upgrades.isFor(Protocol.UPGRADE_TOKEN, request)) {
      Upgrades.refuse(
          response,
          426,
          "upgrade-required",
          "the display needs \"Connection: Upgrade\" and \"Upgrade: "
              + Protocol.UPGRADE_TOKEN
              + "\"");
      return;
    }
    try {
      String cookie = BearerTokens.from(request.getHeader("Authorization"));
      Session session = login.sessionOf(cookie);
      Upgrades.accept(
          request, response, Protocol.UPGRADE_TOKEN, relays.relay(session.id(), cookie));
    } catch (RequestRefused e) {
      Upgrades.refuse(response, e);
    }
  }
}
