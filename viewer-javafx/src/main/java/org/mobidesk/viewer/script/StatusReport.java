package org.mobidesk.viewer.script;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Locale;
import org.mobidesk.viewer.connection.LinkState;
import org.mobidesk.viewer.ui.DesktopWindow;

/** What the command `status` answers. */
final class StatusReport {
  private StatusReport() {}

  /** In the JavaFX thread. */
  static JsonObject of(ScriptTarget target) {
    JsonObjectBuilder report = Json.createObjectBuilder();
    if (target.desktop().isEmpty()) {
      return report
          .add("connected", false)
          .add("state", "login")
          .add("text", target.loginMessage())
          .build();
    }
    DesktopWindow desktop = target.desktop().get();
    LinkState state = desktop.state();
    long opened = desktop.link().connectionsOpened();
    long delay = desktop.delay().toNanos();
    return report
        .add("connected", state instanceof LinkState.Connected)
        .add("state", name(state))
        .add("text", text(state))
        .add("session", desktop.ticket().session())
        .add("width", desktop.image().width())
        .add("height", desktop.image().height())
        .add("frames", desktop.shown().count())
        .add("lastFrameAgeMs", desktop.shown().age().toMillis())
        .add("connections", opened)
        .add("reconnects", Math.max(0, opened - 1))
        .add("delayUs", delay < 0 ? -1 : delay / 1000)
        .build();
  }

  private static String name(LinkState state) {
    return switch (state) {
      case LinkState.Connecting() -> "connecting";
      case LinkState.Connected(var session, var _) -> session.name().toLowerCase(Locale.ROOT);
      case LinkState.Lost _ -> "lost";
      case LinkState.Ended _ -> "ended";
    };
  }

  private static String text(LinkState state) {
    return switch (state) {
      case LinkState.Connecting() -> "";
      case LinkState.Connected(var _, String text) -> text;
      case LinkState.Lost(String reason, var _) -> reason;
      case LinkState.Ended(String reason) -> reason;
    };
  }
}
