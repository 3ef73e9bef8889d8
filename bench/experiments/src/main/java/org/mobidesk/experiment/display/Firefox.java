package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mobidesk.lab.LabException;

/** Firefox without anything but a page: no bars, no questions, nothing that moves by itself. */
final class Firefox {
  private static final String PREFERENCES =
      """
      user_pref("browser.shell.checkDefaultBrowser", false);
      user_pref("browser.aboutwelcome.enabled", false);
      user_pref("browser.startup.homepage_override.mstone", "ignore");
      user_pref("datareporting.policy.dataSubmissionEnabled", false);
      user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
      user_pref("browser.tabs.firefox-view", false);
      user_pref("browser.cache.disk.enable", false);
      user_pref("general.smoothScroll", false);
      user_pref("ui.caretBlinkTime", 0);
      user_pref("media.autoplay.default", 0);
      user_pref("media.autoplay.blocking_policy", 0);
      user_pref("full-screen-api.warning.timeout", 0);
      user_pref("toolkit.startup.max_resumed_crashes", -1);
      user_pref("browser.sessionstore.resume_from_crash", false);
      user_pref("app.update.enabled", false);
      user_pref("extensions.update.enabled", false);
      user_pref("network.captive-portal-service.enabled", false);
      user_pref("network.connectivity-service.enabled", false);
      user_pref("layers.acceleration.disabled", true);
      user_pref("gfx.webrender.software", true);
      user_pref("security.sandbox.content.level", 0);
      user_pref("toolkit.legacyUserProfileCustomizations.stylesheets", true);
      """;

  /** That there is no sandbox Firefox says in a bar above the page, which moves the page down. */
  private static final String STYLE =
      ".notificationbox-stack, notification-message { display: none !important; }\n";

  /** What a page of a film that could begin shows; films do not have that colour. */
  static final int READY = 0x7a3c10;

  private Firefox() {}

  /** Opens a page, over the whole desktop. */
  static Process open(Station s, Path page) {
    Path profile = s.server().home().resolve("firefox");
    try {
      Path style = Files.createDirectories(profile.resolve("chrome"));
      Files.writeString(style.resolve("userChrome.css"), STYLE);
      Files.writeString(profile.resolve("user.js"), PREFERENCES);
    } catch (IOException e) {
      throw new LabException("cannot write " + profile, e);
    }
    return s.session(
        "firefox",
        "env",
        "MOZ_DISABLE_CONTENT_SANDBOX=1",
        "firefox-esr",
        "--no-remote",
        "--profile",
        profile.toString(),
        "--kiosk",
        page.toUri().toString());
  }

  /**
   * A page that shows a film over all of it, standing still: p lets it go on, s stops it. It covers
   * itself with {@link #READY} when the film could begin, until it is clicked: a key before that
   * would be lost.
   */
  static Path filmPage(Station s, Path film) {
    Path page = s.server().home().resolve("film.html");
    try {
      return Files.writeString(
          page,
          """
          <!doctype html><style>html,body{margin:0;overflow:hidden;background:black;cursor:none}
          video{width:100vw;height:100vh;object-fit:fill;display:block}
          div{position:fixed;inset:0;background:#%06x}</style>
          <video src="%s" preload="auto" muted loop></video><script>
          const film = document.querySelector("video"), ready = document.createElement("div");
          onkeydown = e => e.key == "p" ? film.play() : e.key == "s" ? film.pause() : 0;
          onclick = () => ready.remove();
          film.addEventListener("loadeddata", () => document.body.append(ready), {once: true});
          </script>
          """
              .formatted(READY, film.toUri()));
    } catch (IOException e) {
      throw new LabException("cannot write " + page, e);
    }
  }
}
