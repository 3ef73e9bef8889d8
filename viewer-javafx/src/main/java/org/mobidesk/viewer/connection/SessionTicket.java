package org.mobidesk.viewer.connection;

/**
 * What a login gave: the right to show one session.
 *
 * @param cookie secret; never logged or stored
 * @param session the session's id
 */
public record SessionTicket(ServerAddress server, String user, String cookie, String session) {

  /** Without the cookie: this text may reach a log. */
  @Override
  public String toString() {
    return user + "@" + server + "/" + session;
  }
}
