package org.mobidesk.experiment.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/** Xpra, showing a whole desktop. */
final class Xpra implements RemoteDesktop {
  private static final String PORT = "10000";

  private final boolean lossless;

  Xpra(boolean lossless) {
    this.lossless = lossless;
  }

  @Override
  public String name() {
    return lossless ? "xpra-lossless" : "xpra";
  }

  @Override
  public String version() {
    return "xpra "
        + Debian.version("xpra")
        + (lossless ? ", --encoding=rgb" : ", default settings");
  }

  @Override
  public String missing() {
    return Debian.missing("xpra", "python3-pil", "python3-gi-cairo", "python3-lz4");
  }

  @Override
  public String startServer(Station s) {
    String display = Programs.freeDisplay();
    s.server()
        .start(
            "server",
            s.line()
                .onServer(
                    "xpra",
                    "start-desktop",
                    display,
                    "--daemon=no",
                    "--bind-tcp=" + Line.SERVER + ":" + PORT,
                    "--xvfb=Xvfb +extension GLX +extension Composite -screen 0 %dx%dx24 -nolisten tcp -noreset"
                        .formatted(s.width(), s.height()),
                    "--start-new-commands=no",
                    "--resize-display=no",
                    "--mmap=no",
                    "--mdns=no",
                    "--pulseaudio=no",
                    "--notifications=no",
                    "--dbus-proxy=no",
                    "--printing=no",
                    "--webcam=no",
                    "--html=off"),
            // Debian's own configuration starts a session of the machine.
            Map.of("XPRA_SYSTEM_CONF_DIRS", s.server().home().toString()));
    // Its port is open when it is ready, and its display then, too.
    for (int i = 0; i < 300; i++) {
      if (Command.of("xdpyinfo", "-display", display).attempt().exit() == 0
          && Command.of(s.line().onServer("sh", "-c", "ss -ltn | grep -q :" + PORT))
                  .attempt()
                  .exit()
              == 0) {
        return display;
      }
      Station.pause(200);
    }
    throw new LabException("xpra did not start: see " + s.server().home());
  }

  @Override
  public void startViewer(Station s) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "xpra",
                "attach",
                "tcp://" + Line.SERVER + ":" + PORT + "/",
                "--desktop-fullscreen=yes",
                "--mmap=no",
                "--opengl=no",
                "--border=off",
                "--tray=no",
                "--notifications=no",
                "--pulseaudio=no",
                "--mdns=no"));
    if (lossless) {
      words.add("--encoding=rgb");
    }
    s.viewer()
        .start(
            "viewer",
            s.line().onViewer(words.toArray(String[]::new)),
            RemoteDesktop.on(s.viewerDisplay()));
  }
}
