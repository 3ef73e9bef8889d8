package org.mobidesk.viewer.trust;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** SHA-256 of a certificate: what two people can compare. */
public final class Fingerprint {
  private static final HexFormat FORMAT = HexFormat.ofDelimiter(":").withUpperCase();

  private Fingerprint() {}

  /** Like `openssl x509 -fingerprint -sha256` writes it: 32 pairs of hexadecimal digits. */
  public static String of(X509Certificate certificate) {
    try {
      return FORMAT.formatHex(
          MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException("every Java platform has SHA-256 and X.509", e);
    }
  }
}
