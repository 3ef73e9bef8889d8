package org.mobidesk.interfaces.tier;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.interfaces.Upgrades;

/**
 * Another server, with other storage, sends a pass of the disk of a session that comes here. One
 * that shares the storage is told so.
 */
@WebServlet("/tier/disk/*")
public class TierDiskServlet extends HttpServlet {

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
    try {
      if (!host.awaitsDisk(session, epoch)) {
        Upgrades.refuse(
            response,
            ImageSender.DISK_SHARED,
            "disk-shared",
            "the disk of session " + session + " is on storage that this server has");
        return;
      }
    } catch (StepFailed e) {
      Upgrades.refuse(response, 503, e.code().wire(), e.getMessage());
      return;
    }
    Upgrades.accept(
        request,
        response,
        ImageSender.UPGRADE_TOKEN,
        peer -> TierReception.receive(peer, () -> host.importDisk(session, epoch)));
  }
}
