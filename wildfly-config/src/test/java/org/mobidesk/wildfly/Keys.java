package org.mobidesk.wildfly;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS with what make-keys made. */
final class Keys {

  private Keys() {}

  /** Trusts the installation's authority, has no certificate. */
  static SSLContext trusting(Path dir) throws IOException, GeneralSecurityException {
    return context(dir, null);
  }

  /** Trusts the installation's authority and shows a node's certificate. */
  static SSLContext of(Path dir, String node) throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(dir.resolve(node + ".p12")), Installation.PASSWORD.toCharArray());
    return context(dir, keys.getKeyManagers());
  }

  private static SSLContext context(Path dir, KeyManager[] keys)
      throws IOException, GeneralSecurityException {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(load(dir.resolve("ca.p12")));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, Installation.PASSWORD.toCharArray());
    }
    return store;
  }
}
