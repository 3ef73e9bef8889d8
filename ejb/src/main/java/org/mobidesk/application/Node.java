package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.mobidesk.domain.model.session.SecondLogin;

/**
 * This node, as its system properties ({@code mobidesk.*}) describe it. A property that is needed
 * and missing is refused where it is asked for, by name.
 */
@ApplicationScoped
public class Node {

  /** The part that a node plays. */
  public enum NodeRole {
    PROXY,
    SERVER,
    ALL
  }

  public NodeRole role() {
    String role = required("mobidesk.role");
    try {
      return NodeRole.valueOf(role.toUpperCase(java.util.Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "system property mobidesk.role is \"" + role + "\"; it must be proxy, server or all", e);
    }
  }

  /** Whether it drives workflows and has the database. */
  public boolean isProxy() {
    return role() != NodeRole.SERVER;
  }

  /** Whether it runs sessions. */
  public boolean isServer() {
    return role() != NodeRole.PROXY;
  }

  public String name() {
    return required("mobidesk.node.name");
  }

  /** On the tier network. */
  public String address() {
    return required("mobidesk.node.address");
  }

  public Path keystore() {
    return Path.of(required("mobidesk.tls.keystore"));
  }

  public Path truststore() {
    return Path.of(required("mobidesk.tls.truststore"));
  }

  public String tlsPassword() {
    return required("mobidesk.tls.password");
  }

  /** Where the first users are written down; empty: none are to be made. */
  public Optional<Path> bootstrapUsers() {
    return Optional.ofNullable(System.getProperty("mobidesk.bootstrap.users")).map(Path::of);
  }

  public String sessionNetwork() {
    return System.getProperty("mobidesk.session.network", "10.74.0.0/16");
  }

  /**
   * The ports of the proxy at which ports of sessions may be published. None of its own services
   * may listen there.
   */
  public PortRange publishedPorts() {
    return PortRange.parse(System.getProperty("mobidesk.publish.ports", "20000-29999"));
  }

  /** The template of a login that names none. */
  public String defaultTemplate() {
    return System.getProperty("mobidesk.template.default", "xfce");
  }

  /**
   * How long a session has nobody at it until it is sent to the storage tier: an ISO 8601 duration
   * ("PT2H"); empty: sessions stay.
   */
  public Optional<Duration> hibernateAfter() {
    return duration("mobidesk.session.hibernate");
  }

  /**
   * How often a running session is copied to the storage tier, an ISO 8601 duration; empty when it
   * is zero: only when somebody asks.
   */
  public Optional<Duration> copyEvery() {
    return duration("mobidesk.session.copy")
        .or(() -> Optional.of(Duration.ofMinutes(10)))
        .filter(Duration::isPositive);
  }

  /**
   * How long a server is down until its sessions go on from their copies at others, an ISO 8601
   * duration; empty when it is zero: only when somebody asks.
   */
  public Optional<Duration> recoverAfter() {
    return duration("mobidesk.session.recover")
        .or(() -> Optional.of(Duration.ofSeconds(60)))
        .filter(Duration::isPositive);
  }

  /** What becomes of a session's viewer when its user comes with another one, by default. */
  public SecondLogin secondLogin() {
    String name = "mobidesk.session.second-login";
    try {
      return SecondLogin.of(System.getProperty(name, SecondLogin.TAKE_OVER.word()));
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("system property " + name + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Duration> duration(String name) {
    try {
      return Optional.ofNullable(System.getProperty(name)).map(Duration::parse);
    } catch (DateTimeParseException e) {
      throw new IllegalStateException(
          "system property " + name + " is no ISO 8601 duration, such as PT30M", e);
    }
  }

  /** The locale of a session for which none is chosen; null: the host's default. */
  public String defaultLocale() {
    return System.getProperty("mobidesk.locale.default");
  }

  /** The time zone of a session for which none is chosen; null: the host's default. */
  public String defaultTimezone() {
    return System.getProperty("mobidesk.timezone.default");
  }

  /** Where the tier's HTTPS listener of every node is. */
  public int tierPort() {
    return Integer.getInteger("mobidesk.tier.port", 8444);
  }

  private static String required(String name) {
    String value = System.getProperty(name);
    if (value == null || value.isBlank()) {
      throw new IllegalStateException(
          "system property "
              + name
              + " is not set; it belongs in the file given to WildFly with -P");
    }
    return value;
  }
}
