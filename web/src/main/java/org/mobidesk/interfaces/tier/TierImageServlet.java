package org.mobidesk.interfaces.tier;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.ImageImport;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.interfaces.StreamHandler.Peer;
import org.mobidesk.interfaces.Upgrades;

/** Another server sends the checkpoint image of a session that comes here. */
@WebServlet("/tier/image/*")
public class TierImageServlet extends HttpServlet {

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = Logger.getLogger(TierImageServlet.class);
  private static final Pattern PATH = Pattern.compile("/([a-z0-9-]{1,40})/([0-9]{1,18})");

  @Inject private transient SessionHost host;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    Matcher path = PATH.matcher(String.valueOf(request.getPathInfo()));
    if (!path.matches() || !Upgrades.isFor(ImageSender.UPGRADE_TOKEN, request)) {
      Upgrades.refuse(
          response, 400, "request-invalid", "a session, an epoch and an upgrade are needed");
      return;
    }
    String session = path.group(1);
    long epoch = Long.parseLong(path.group(2));
    Upgrades.accept(
        request, response, ImageSender.UPGRADE_TOKEN, peer -> receive(peer, session, epoch));
  }

  private void receive(Peer source, String session, long epoch) throws IOException {
    DataInputStream in = new DataInputStream(source.input());
    // The connection is made ahead of the image; until that comes, the host must not wait for it.
    int length = in.readInt();
    String verdict;
    try (SocketChannel image = host.importImage(session, epoch)) {
      copy(in, length, image);
      verdict = "ok " + ImageImport.finish(image);
    } catch (HostException e) {
      verdict = refusal(FailureCode.valueOf(e.code().name()), e);
    } catch (StepFailed e) {
      verdict = refusal(e.code(), e);
    }
    source.output().write((verdict.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
    source.output().flush();
  }

  private static String refusal(FailureCode code, Exception e) {
    LOG.warnf("an image is refused: %s", e.getMessage());
    return "error " + code.wire() + " " + e.getMessage();
  }

  /**
   * Gives the image to the host. The sender is heard out when the host refuses it early, for only
   * then does it read the verdict.
   */
  private static void copy(DataInputStream in, int firstLength, SocketChannel image)
      throws IOException, HostException {
    byte[] frame = new byte[ImageSender.FRAME_BYTES];
    HostException refused = null;
    for (int length = firstLength; length != 0; length = in.readInt()) {
      if (length < 0 || length > frame.length) {
        throw new IOException("a frame of " + length + " bytes in an image");
      }
      in.readFully(frame, 0, length);
      try {
        if (refused == null) {
          ImageImport.write(image, ByteBuffer.wrap(frame, 0, length));
        }
      } catch (HostException e) {
        refused = e;
      }
    }
    if (refused != null) {
      throw refused;
    }
  }
}
