package org.mobidesk.interfaces.tier;

import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.interfaces.StreamHandler.Peer;
import org.mobidesk.interfaces.Upgrades;

/** Counts what is sent as an image and forgets it: rehearsals and measurements of the way. */
@WebServlet(ImageSender.DISCARD_PATH)
public class TierDiscardServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    if (!Upgrades.isFor(ImageSender.UPGRADE_TOKEN, request)) {
      Upgrades.refuse(response, 400, "request-invalid", "an upgrade is needed");
      return;
    }
    Upgrades.accept(request, response, ImageSender.UPGRADE_TOKEN, TierDiscardServlet::discard);
  }

  private static void discard(Peer source) throws IOException {
    DataInputStream in = new DataInputStream(source.input());
    byte[] frame = new byte[ImageSender.FRAME_BYTES];
    long bytes = 0;
    for (int length = in.readInt(); length != 0; length = in.readInt()) {
      if (length < 0 || length > frame.length) {
        throw new IOException("a frame of " + length + " bytes");
      }
      in.readFully(frame, 0, length);
      bytes += length;
    }
    source.output().write(("ok " + bytes + "\n").getBytes(StandardCharsets.US_ASCII));
    source.output().flush();
  }
}
