package org.mobidesk.domain.model.network;

import java.util.Locale;

/**
 * A port of a session that outside hosts reach at a port of the proxy.
 *
 * @param outsidePort of the proxy; among all sessions, one has it
 * @param port of the session
 */
public record Publication(Protocol protocol, int outsidePort, int port) {

  /** What can be published. */
  public enum Protocol {
    TCP,
    UDP;

    /** The name in JSON and in the database. */
    public String wire() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The inverse of {@link #wire()}.
     *
     * @throws IllegalArgumentException in words for people
     */
    public static Protocol of(String wire) {
      for (Protocol protocol : values()) {
        if (protocol.wire().equals(wire)) {
          return protocol;
        }
      }
      throw new IllegalArgumentException("\"" + wire + "\" is not a protocol: tcp or udp");
    }
  }

  /**
   * @throws IllegalArgumentException in words for people
   */
  public Publication {
    checkPort(outsidePort);
    checkPort(port);
  }

  private static void checkPort(int port) {
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(port + " is not a port: 1 to 65535");
    }
  }

  /** What is taken at the proxy: {@code tcp/20022}. */
  public String outside() {
    return protocol.wire() + "/" + outsidePort;
  }
}
