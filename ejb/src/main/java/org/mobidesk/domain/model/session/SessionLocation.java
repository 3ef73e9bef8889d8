package org.mobidesk.domain.model.session;

/**
 * Which server may run a session, and since which move: the value under the compare-and-set of a
 * commit.
 *
 * @param epoch grows by one with each commit
 */
public record SessionLocation(String server, long epoch) {

  /** Where the session is after a commit to {@code target}. */
  public SessionLocation movedTo(String target) {
    return new SessionLocation(target, epoch + 1);
  }

  /** The form that is kept in the location table: {@code epoch@server}. */
  public String asText() {
    return epoch + "@" + server;
  }

  /**
   * The inverse of {@link #asText()}.
   *
   * @throws IllegalArgumentException when the text is of another form
   */
  public static SessionLocation parse(String text) {
    int at = text.indexOf('@');
    if (at < 1) {
      throw new IllegalArgumentException("not a session location: \"" + text + "\"");
    }
    return new SessionLocation(text.substring(at + 1), Long.parseLong(text.substring(0, at)));
  }
}
