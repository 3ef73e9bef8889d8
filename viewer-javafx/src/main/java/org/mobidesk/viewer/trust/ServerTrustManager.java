package org.mobidesk.viewer.trust;

import java.io.IOException;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Checks the certificate of one server, in this order: the authorities, then what the user has
 * accepted.
 */
final class ServerTrustManager extends X509ExtendedTrustManager {
  private final String server;
  private final X509ExtendedTrustManager authorities;
  private final Optional<KnownServers> known;
  private volatile UntrustedServerException refusal;

  ServerTrustManager(
      String server, X509ExtendedTrustManager authorities, Optional<KnownServers> known) {
    this.server = server;
    this.authorities = authorities;
    this.known = known;
  }

  /** Why the server was not trusted when it last showed its certificate. */
  Optional<UntrustedServerException> refusal() {
    return Optional.ofNullable(refusal);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    refusal = null;
    try {
      authorities.checkServerTrusted(chain, authType, socket);
    } catch (CertificateException e) {
      checkKnown(chain[0], e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    refusal = null;
    try {
      authorities.checkServerTrusted(chain, authType, engine);
    } catch (CertificateException e) {
      checkKnown(chain[0], e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("the server's name cannot be checked without its connection");
  }

  private void checkKnown(X509Certificate shown, CertificateException why)
      throws CertificateException {
    try {
      compareWithKnown(shown, why);
    } catch (UntrustedServerException e) {
      refusal = e;
      throw e;
    }
  }

  private void compareWithKnown(X509Certificate shown, CertificateException why)
      throws CertificateException {
    if (known.isEmpty()) {
      throw new UntrustedServerException(
          "The certificate of %s was not signed by the authority of --ca, or is for another"
                  .formatted(server)
              + " address: this may not be your server. Its fingerprint is "
              + Fingerprint.of(shown),
          shown,
          false,
          why);
    }
    Optional<String> accepted = acceptedFingerprint(known.get());
    if (accepted.isEmpty()) {
      throw new UntrustedServerException(
          "The certificate of %s is not trusted.".formatted(server), shown, true, why);
    }
    if (!accepted.get().equals(Fingerprint.of(shown))) {
      throw new UntrustedServerException(
          "%s shows another certificate than the one that you accepted: somebody may be between"
                  .formatted(server)
              + " you and the server. If the administrator confirms the new fingerprint "
              + Fingerprint.of(shown)
              + ", remove the server's line from known-servers in the viewer's configuration.",
          shown,
          false,
          why);
    }
  }

  private Optional<String> acceptedFingerprint(KnownServers servers) throws CertificateException {
    try {
      return servers.fingerprint(server);
    } catch (IOException e) {
      throw new CertificateException("reading the accepted certificates: " + e.getMessage(), e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw noServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw noServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw noServer();
  }

  private static CertificateException noServer() {
    return new CertificateException("a viewer has no clients");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return authorities.getAcceptedIssuers();
  }
}
