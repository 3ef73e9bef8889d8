package org.mobidesk.viewer.trust;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

/**
 * The server's certificate is not trusted; a person who knows its fingerprint may say that it is
 * right.
 */
public final class UntrustedServerException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final transient X509Certificate certificate;
  private final boolean mayAsk;

  UntrustedServerException(
      String message, X509Certificate certificate, boolean mayAsk, Throwable cause) {
    super(message, cause);
    this.certificate = certificate;
    this.mayAsk = mayAsk;
  }

  /** What the server showed. */
  public X509Certificate certificate() {
    return certificate;
  }

  /**
   * Whether the user may decide: not where an authority was given, nor where the certificate has
   * changed.
   */
  public boolean mayAsk() {
    return mayAsk;
  }
}
