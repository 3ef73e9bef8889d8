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
 * whose listener admits certificates of the installation only, and with one.
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
    boolean certified =
        request.getAttribute(CERTIFICATES) instanceof X509Certificate[] chainOfPeer
            && chainOfPeer.length > 0;
    if (request.getLocalPort() != node.tierPort() || !certified) {
      Upgrades.refuse(response, 403, "tier-only", "this is for nodes of the installation only");
      return;
    }
    chain.doFilter(request, response);
  }
}
