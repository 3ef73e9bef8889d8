package org.mobidesk.interfaces.tier;

import jakarta.inject.Inject;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.interfaces.StreamHandler.Peer;
import org.mobidesk.interfaces.Upgrades;
import org.mobidesk.interfaces.display.EnvelopePump;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.MessageType;
import org.mobidesk.protocol.Protocol;

/** A proxy attaches to the display of a session of this server. */
@WebServlet(TierDisplayServlet.PATH + "/*")
public class TierDisplayServlet extends HttpServlet {

  static final String PATH = "/tier/display";

  private static final long serialVersionUID = 1L;
  private static final Logger LOG = Logger.getLogger(TierDisplayServlet.class);

  @Inject private transient SessionHost host;

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    String path = request.getPathInfo();
    if (path == null || path.length() < 2 || !Upgrades.isFor(Protocol.UPGRADE_TOKEN, request)) {
      Upgrades.refuse(response, 400, "request-invalid", "a session and an upgrade are needed");
      return;
    }
    try {
      SocketChannel display = host.attach(path.substring(1));
      Upgrades.accept(request, response, Protocol.UPGRADE_TOKEN, peer -> relay(peer, display));
    } catch (StepFailed e) {
      Upgrades.refuse(response, 409, e.code().wire(), e.getMessage());
    }
  }

  private static void relay(Peer proxy, SocketChannel display) throws IOException {
    try (display) {
      Thread input =
          Thread.ofVirtual().name("display-input").start(() -> toDisplay(proxy, display));
      try {
        new EnvelopePump(proxy.output()).pump(new EnvelopeReader(display));
      } finally {
        proxy.close();
        input.interrupt();
      }
    }
  }

  /** Ends the display when the proxy ends, so that the other direction ends, too. */
  private static void toDisplay(Peer proxy, SocketChannel display) {
    try (display) {
      EnvelopePump pump = new EnvelopePump(Channels.newOutputStream(display));
      EnvelopeReader reader = new EnvelopeReader(proxy.input());
      Envelope envelope;
      while ((envelope = reader.read()) != null) {
        if (envelope.is(MessageType.QUIESCE)) {
          throw new IOException("QUIESCE is for the host daemon only");
        }
        pump.write(envelope.bytes());
        if (!reader.hasBuffered()) {
          pump.flush();
        }
      }
    } catch (IOException e) {
      LOG.debug("the input of a display ended", e);
    }
  }
}
