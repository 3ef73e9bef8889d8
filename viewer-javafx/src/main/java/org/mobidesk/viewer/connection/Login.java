package org.mobidesk.viewer.connection;

import java.util.Optional;

/**
 * What a login needs.
 *
 * @param template kind of desktop when a new one is made; empty: the server's default
 * @param width first width of the screen in pixels
 * @param height first height of the screen in pixels
 */
public record Login(
    ServerAddress server,
    String user,
    String password,
    Optional<String> template,
    int width,
    int height) {

  /** Without the password: this text may reach a log. */
  @Override
  public String toString() {
    return user + "@" + server;
  }
}
