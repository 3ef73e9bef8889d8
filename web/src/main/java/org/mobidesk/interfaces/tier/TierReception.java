package org.mobidesk.interfaces.tier;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.ImageImport;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.interfaces.StreamHandler.Peer;
import org.mobidesk.interfaces.Upgrades;

/** What another server sends by {@link ImageSender}: goes to the host, whose verdict goes back. */
final class TierReception {

  private static final Logger LOG = Logger.getLogger(TierReception.class);
  private static final Pattern PATH = Pattern.compile("/([a-z0-9-]{1,40})/([0-9]{1,18})");

  private TierReception() {}

  /** What a request is about. */
  record About(String session, long epoch) {}

  /** Reads what a request is about; refuses it when it does not say that. */
  static Optional<About> about(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Matcher path = PATH.matcher(String.valueOf(request.getPathInfo()));
    if (path.matches() && Upgrades.isFor(ImageSender.UPGRADE_TOKEN, request)) {
      return Optional.of(new About(path.group(1), Long.parseLong(path.group(2))));
    }
    Upgrades.refuse(
        response, 400, "request-invalid", "a session, an epoch and an upgrade are needed");
    return Optional.empty();
  }

  /** Opens the host's end. */
  interface Opening {
    SocketChannel open() throws StepFailed;
  }

  static void receive(Peer source, Opening host) throws IOException {
    DataInputStream in = new DataInputStream(source.input());
    // The connection is made ahead of the content; until that comes, the host must not wait for it.
    int length = in.readInt();
    String verdict;
    try (SocketChannel content = host.open()) {
      copy(in, length, content);
      verdict = "ok " + ImageImport.finish(content);
    } catch (HostException e) {
      verdict = refusal(FailureCode.valueOf(e.code().name()), e);
    } catch (StepFailed e) {
      verdict = refusal(e.code(), e);
    }
    source.output().write((verdict.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
    source.output().flush();
  }

  private static String refusal(FailureCode code, Exception e) {
    LOG.warnf("what another server sends is refused: %s", e.getMessage());
    return "error " + code.wire() + " " + e.getMessage();
  }

  /**
   * Gives the content to the host. The sender is heard out when the host refuses it early, for only
   * then does it read the verdict.
   */
  private static void copy(DataInputStream in, int firstLength, SocketChannel content)
      throws IOException, HostException {
    byte[] frame = new byte[ImageSender.FRAME_BYTES];
    HostException refused = null;
    for (int length = firstLength; length != 0; length = in.readInt()) {
      if (length < 0 || length > frame.length) {
        throw new IOException("a frame of " + length + " bytes");
      }
      in.readFully(frame, 0, length);
      try {
        if (refused == null) {
          ImageImport.write(content, ByteBuffer.wrap(frame, 0, length));
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
