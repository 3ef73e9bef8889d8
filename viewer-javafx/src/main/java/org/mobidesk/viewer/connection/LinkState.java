package org.mobidesk.viewer.connection;

import java.time.Duration;
import org.mobidesk.protocol.MessageToViewer.Status;

/** How the viewer's link to its session stands. Texts are for the user. */
public sealed interface LinkState {

  /** On the way to the server. */
  record Connecting() implements LinkState {}

  /**
   * Connected to the proxy; the session is as the proxy last said.
   *
   * @param text what the proxy said, may be empty
   */
  record Connected(Status.State session, String text) implements LinkState {}

  /** Not connected; tries again by itself. */
  record Lost(String reason, Duration retryIn) implements LinkState {}

  /** Over: only a new login helps. */
  record Ended(String reason) implements LinkState {}
}
