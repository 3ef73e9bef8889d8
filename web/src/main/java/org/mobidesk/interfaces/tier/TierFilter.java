package org.mobidesk.interfaces.tier;

import jakarta.inject.Inject;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.cert.X509Certificate;
import org.mobidesk.application.Node;
import org.mobidesk.interfaces.Upgrades;

/**
 * What nodes say to each other is refused to everybody else: it must come through the tier's port,
 * whose listener admits certificates of the installation only, and with one of the right role. So a
 * server that was taken over cannot look at another one's sessions.
 */
@WebFilter("/tier/*")
public class TierFilter extends HttpFilter {

  private static final long serialVersionUID = 1L;
  private static final String CERTIFICATES = "jakarta.servlet.request.X509Certificate";

  @Inject private transient Node node;

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request.getLocalPort() != node.tierPort()
        || !(request.getAttribute(CERTIFICATES) instanceof X509Certificate[] certificates)
        || certificates.length == 0) {
      Upgrades.refuse(response, 403, "tier-only", "this is for nodes of the installation only");
      return;
    }
    PeerNode peer = PeerNode.of(certificates[0]);
    boolean display = request.getServletPath().startsWith(TierDisplayServlet.PATH);
    if (display ? !peer.isProxy() : !peer.isServer()) {
      Upgrades.refuse(
          response,
          403,
          "tier-role",
          "this is for %s; node %s has a certificate of role %s"
              .formatted(display ? "proxies" : "servers", peer.name(), peer.role()));
      return;
    }
    chain.doFilter(request, response);
  }
}
