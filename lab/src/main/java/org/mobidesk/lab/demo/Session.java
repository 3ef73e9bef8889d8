package org.mobidesk.lab.demo;

import jakarta.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.node.RestApi;

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

  Session(RestApi api, String id) {
    this.api = api;
    this.id = id;
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

  /** Runs a shell script as the session's user, in its home; fails when it does. */
  String run(String script) {
    RestApi.ExecResult r = attempt(script);
    if (r.exit() != 0) {
      throw new LabException(
          "in the session, `" + script.strip() + "` ended with " + r.exit() + ": " + r.err());
    }
    return r.out();
  }

  RestApi.ExecResult attempt(String script) {
    return api.exec(id, "cd\nexport DISPLAY=:0\n" + script, List.of("/bin/sh", "-s"));
  }

  void write(String file, String content, String mode) {
    // The content is not part of the script: it may contain anything but the mark.
    run(
        "umask 077\ncat >'"
            + file
            + "' <<'END-OF-FILE'\n"
            + content.stripTrailing()
            + "\nEND-OF-FILE\nchmod "
            + mode
            + " '"
            + file
            + "'");
  }

  /** Titles of the windows. */
  List<String> windows() {
    return run(WINDOWS).lines().map(Session::title).toList();
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
            attempt(WINDOWS)
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
            run(WINDOWS)
                .lines()
                .filter(t -> t.startsWith(ACTIVE) && t.contains(part))
                .map(Session::title)
                .findFirst()
                .or(Optional::empty));
  }

  /** Process ids and names, but those of the exec itself. */
  SortedMap<Integer, String> processes() {
    SortedMap<Integer, String> all = new TreeMap<>();
    // The shell that runs this is replaced by ps, so that it is the only one to leave out.
    run("exec ps -eo pid=,comm=")
        .lines()
        .map(l -> l.strip().split("\\s+", 2))
        .filter(l -> !l[1].equals("ps"))
        .forEach(l -> all.put(Integer.parseInt(l[0]), l[1]));
    return all;
  }
}
