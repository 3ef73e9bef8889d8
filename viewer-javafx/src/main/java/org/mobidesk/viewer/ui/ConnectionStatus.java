package org.mobidesk.viewer.ui;

import org.mobidesk.protocol.MessageToViewer.Status;
import org.mobidesk.viewer.connection.LinkState;

/**
 * What the user is told about the state of a link.
 *
 * @param health the colour
 * @param words for the banner or the card; empty when there is nothing to say
 * @param over nothing more will come by itself
 */
record ConnectionStatus(ViewerBar.Health health, String words, boolean over) {

  static ConnectionStatus of(LinkState state) {
    return switch (state) {
      case LinkState.Connecting() -> waiting("Connecting …");
      case LinkState.Connected(Status.State session, String text) -> connected(session, text);
      case LinkState.Lost(String reason, var _) ->
          new ConnectionStatus(ViewerBar.Health.LOST, reason + " Reconnecting …", false);
      case LinkState.Ended(String reason) ->
          new ConnectionStatus(ViewerBar.Health.LOST, reason, true);
    };
  }

  private static ConnectionStatus connected(Status.State session, String text) {
    return switch (session) {
      case CONNECTED -> new ConnectionStatus(ViewerBar.Health.GOOD, "", false);
      case MOVING -> waiting(orElse(text, "Your session is moving to another server …"));
      case SUSPENDED -> waiting(orElse(text, "Your session is suspended."));
      case UNREACHABLE -> waiting(orElse(text, "Your session cannot be reached. Trying again …"));
      case ENDED, REFUSED -> new ConnectionStatus(ViewerBar.Health.LOST, text, true);
    };
  }

  private static ConnectionStatus waiting(String words) {
    return new ConnectionStatus(ViewerBar.Health.WAITING, words, false);
  }

  private static String orElse(String text, String instead) {
    return text.isBlank() ? instead : text;
  }
}
