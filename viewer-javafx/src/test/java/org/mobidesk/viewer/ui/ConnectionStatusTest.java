package org.mobidesk.viewer.ui;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.MessageToViewer.Status;
import org.mobidesk.viewer.connection.LinkState;

class ConnectionStatusTest {
  @Test
  void theUserIsToldWhatGoesOn() {
    assertEquals("", words(new LinkState.Connected(Status.State.CONNECTED, "welcome")));
    assertEquals(
        "Your session is moving to another server …",
        words(new LinkState.Connected(Status.State.MOVING, "")));
    assertEquals(
        "Moving to server2.",
        words(new LinkState.Connected(Status.State.MOVING, "Moving to server2.")));
    assertEquals("It broke. Reconnecting …", words(new LinkState.Lost("It broke.", Duration.ZERO)));
    assertEquals(
        new ConnectionStatus(ViewerBar.Health.LOST, "Over.", true),
        ConnectionStatus.of(new LinkState.Ended("Over.")));
  }

  private static String words(LinkState state) {
    return ConnectionStatus.of(state).words();
  }
}
