package org.mobidesk.interfaces.tier;

import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * Another node, as its certificate names it (wildfly-config/make-keys).
 *
 * @param role proxy, server, all; empty when the certificate says none
 */
record PeerNode(String name, String role) {

  /** The listener has verified the certificate. */
  static PeerNode of(X509Certificate certificate) {
    try {
      LdapName subject = new LdapName(certificate.getSubjectX500Principal().getName());
      return new PeerNode(part(subject, "CN"), part(subject, "OU"));
    } catch (InvalidNameException e) {
      throw new IllegalArgumentException("a certificate without a name", e);
    }
  }

  private static String part(LdapName subject, String type) {
    return subject.getRdns().stream()
        .filter(r -> r.getType().equalsIgnoreCase(type))
        .map(Rdn::getValue)
        .map(Object::toString)
        .findFirst()
        .orElse("");
  }

  boolean isProxy() {
    return role.equals("proxy") || role.equals("all");
  }

  boolean isServer() {
    return role.equals("server") || role.equals("all");
  }
}
