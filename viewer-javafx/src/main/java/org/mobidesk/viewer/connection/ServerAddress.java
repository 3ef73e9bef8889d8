package org.mobidesk.viewer.connection;

import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the proxy is.
 *
 * @param host name or address, without the brackets of an IPv6 address
 * @param port TCP port
 */
public record ServerAddress(String host, int port) {
  public static final int DEFAULT_PORT = 8443;

  private static final Pattern BRACKETED = Pattern.compile("\\[([0-9A-Fa-f:.%]+)](?::(\\d{1,5}))?");
  private static final Pattern PLAIN = Pattern.compile("([^\\s:/\\[\\]]+)(?::(\\d{1,5}))?");

  /**
   * Reads HOST, HOST:PORT, [IPV6] or [IPV6]:PORT.
   *
   * @throws IllegalArgumentException with what to write instead
   */
  public static ServerAddress parse(String text) {
    String trimmed = text.strip();
    for (Pattern form : new Pattern[] {BRACKETED, PLAIN}) {
      Matcher matcher = form.matcher(trimmed);
      if (matcher.matches()) {
        int port = matcher.group(2) == null ? DEFAULT_PORT : Integer.parseInt(matcher.group(2));
        if (port >= 1 && port <= 65535) {
          return new ServerAddress(matcher.group(1), port);
        }
      }
    }
    throw new IllegalArgumentException(
        "“%s” is no server address: write HOST or HOST:PORT, for example desk.example.org:8443"
            .formatted(trimmed));
  }

  /** An https address of this server. */
  public URI uri(String path) {
    return URI.create("https://" + authority() + path);
  }

  /** Host and port as HTTP and this class write them. */
  public String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  @Override
  public String toString() {
    return port == DEFAULT_PORT && !host.contains(":") ? host : authority();
  }
}
