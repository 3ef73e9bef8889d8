package org.mobidesk.interfaces.tier;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.interfaces.Upgrades;

/** Another server sends the checkpoint image of a session that comes here. */
@WebServlet("/tier/image/*")
public class TierImageServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  @Inject private transient SessionHost host;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    Optional<TierReception.About> about = TierReception.about(request, response);
    if (about.isEmpty()) {
      return;
    }
    String session = about.get().session();
    long epoch = about.get().epoch();
    Upgrades.accept(
        request,
        response,
        ImageSender.UPGRADE_TOKEN,
        peer -> TierReception.receive(peer, () -> host.importImage(session, epoch)));
  }
}
