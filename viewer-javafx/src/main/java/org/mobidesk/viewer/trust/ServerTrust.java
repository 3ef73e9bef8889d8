package org.mobidesk.viewer.trust;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides which servers are who they say. With a certificate authority given: those that it has
 * signed, no others. Else: those that the system trusts, and those whose certificate the user has
 * accepted.
 */
public final class ServerTrust {
  private final X509ExtendedTrustManager authorities;
  private final Optional<KnownServers> known;

  private ServerTrust(X509ExtendedTrustManager authorities, Optional<KnownServers> known) {
    this.authorities = authorities;
    this.known = known;
  }

  /**
   * Trusts one authority only.
   *
   * @param pem its certificate or certificates
   * @throws IOException when the file cannot be read or has no certificate in it
   */
  public static ServerTrust ofAuthority(Path pem) throws IOException {
    try (InputStream in = Files.newInputStream(pem)) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new IOException("there is no certificate in " + pem);
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate certificate : certificates) {
        store.setCertificateEntry("ca-" + store.size(), certificate);
      }
      return new ServerTrust(manager(store), Optional.empty());
    } catch (CertificateException e) {
      throw new IOException("there is no certificate in PEM format in " + pem, e);
    } catch (GeneralSecurityException e) {
      throw new IOException("trusting the certificates of " + pem, e);
    }
  }

  /** Trusts the system's authorities and what the user has accepted. */
  public static ServerTrust ofSystem(KnownServers known) {
    try {
      return new ServerTrust(manager(null), Optional.of(known));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the Java platform has no usable trust store", e);
    }
  }

  /**
   * TLS for connections to one server.
   *
   * @param server HOST:PORT
   */
  public ServerTls tlsFor(String server) {
    return new ServerTls(new ServerTrustManager(server, authorities, known));
  }

  /** Stores that the user has accepted this certificate for this server (HOST:PORT). */
  public void accept(String server, X509Certificate certificate) throws IOException {
    known
        .orElseThrow(() -> new IllegalStateException("an authority was given: nothing to accept"))
        .accept(server, Fingerprint.of(certificate));
  }

  private static X509ExtendedTrustManager manager(KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("no trust manager that checks host names");
  }
}
