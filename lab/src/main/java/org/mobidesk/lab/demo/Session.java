package org.mobidesk.lab.demo;

import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.node.SessionShell;

/** The demo's session, looked at from inside by the administrator's exec. */
final class Session {
  private static final String ACTIVE = ">";
  private static final List<String> DESKTOP_WINDOWS = List.of("xfce4-panel", "Desktop");
  private static final Duration DESKTOP = Duration.ofSeconds(60);
  private static final Duration WINDOW = Duration.ofSeconds(30);

  /** A line for each window: its title; the active one has {@link #ACTIVE} before it. */
  private static final String WINDOWS =
      """
      active=$(xprop -root _NET_ACTIVE_WINDOW | grep -o '0x[0-9a-f]*' | head -n 1)
      for w in $(xprop -root _NET_CLIENT_LIST | grep -o '0x[0-9a-f]*'); do
        mark=; [ "$w" != "$active" ] || mark='>'
        echo "$mark$(xprop -id "$w" _NET_WM_NAME | cut -d'"' -f2)"
      done
      """;

  private final RestApi api;
  private final String id;
  private final SessionShell shell;

  Session(RestApi api, String id) {
    this.api = api;
    this.id = id;
    this.shell = new SessionShell(api, id);
  }

  String id() {
    return id;
  }

  String server() {
    return api.session(id).getString("server");
  }

  JsonObject migrate(String server) {
    return api.migrate(id, server);
  }

  SessionShell shell() {
    return shell;
  }

  /** Titles of the windows. */
  List<String> windows() {
    return shell.run(WINDOWS).lines().map(Session::title).toList();
  }

  /** Of a line of {@link #WINDOWS}. */
  private static String title(String line) {
    return line.startsWith(ACTIVE) ? line.substring(ACTIVE.length()) : line;
  }

  /** Waits until the desktop has its panel and its background. */
  void awaitDesktop() {
    Waiting.until(
        "the desktop's panel and background",
        DESKTOP,
        () ->
            shell
                .attempt(WINDOWS)
                .out()
                .lines()
                .map(Session::title)
                .toList()
                .containsAll(DESKTOP_WINDOWS));
  }

  /** Waits until the active window's title contains {@code part}, and returns it. */
  String awaitActive(String part) {
    return Waiting.value(
        "a window `" + part + "` to be the active one",
        WINDOW,
        () ->
            shell
                .run(WINDOWS)
                .lines()
                .filter(t -> t.startsWith(ACTIVE) && t.contains(part))
                .map(Session::title)
                .findFirst()
                .or(Optional::empty));
  }
}
