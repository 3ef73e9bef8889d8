package org.mobidesk.viewer.trust;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** TLS for the connections to one server, and what became of the trust in it. For any thread. */
public final class ServerTls {
  private final SSLContext context;
  private final ServerTrustManager decider;

  ServerTls(ServerTrustManager decider) {
    this.decider = decider;
    try {
      context = SSLContext.getInstance("TLSv1.3");
      context.init(null, new TrustManager[] {decider}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has no TLS 1.3", e);
    }
  }

  /** An untrusted server fails the handshake. */
  public SSLContext context() {
    return context;
  }

  /**
   * Why the server was not trusted when it last showed its certificate; empty when it was, or has
   * shown none. A server hangs up when it hears that it is not trusted, and Java's HTTP client may
   * report that end of the connection in place of the cause: ask here.
   */
  public Optional<UntrustedServerException> refusal() {
    return decider.refusal();
  }
}
