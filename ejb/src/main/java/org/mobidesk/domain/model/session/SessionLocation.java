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

  /**
   * Where the session is after it was taken from a server that does not answer: above the epoch in
   * which that may have gone on, when the answer to a copy was lost.
   */
  public SessionLocation takenTo(String target) {
    return new SessionLocation(target, epoch + 2);
  }

  /**
   * Whether a session that was at {@code before} is still the same processes here: it is, or it was
   * copied since.
   */
  public boolean goesOnFrom(SessionLocation before) {
    return server.equals(before.server())
        && (epoch == before.epoch() || epoch == before.epoch() + 1);
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
