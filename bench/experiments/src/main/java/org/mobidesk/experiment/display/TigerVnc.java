package org.mobidesk.experiment.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** TigerVNC's X server and viewer. */
final class TigerVnc implements RemoteDesktop {
  private static final String PORT = "5900";

  private final boolean lossless;

  TigerVnc(boolean lossless) {
    this.lossless = lossless;
  }

  @Override
  public String name() {
    return lossless ? "tigervnc-lossless" : "tigervnc";
  }

  @Override
  public String version() {
    return "TigerVNC "
        + Debian.version("tigervnc-standalone-server")
        + (lossless ? ", Tight without JPEG" : ", default settings (JPEG where it pays)");
  }

  @Override
  public String missing() {
    return Debian.missing("tigervnc-standalone-server", "tigervnc-viewer");
  }

  @Override
  public String startServer(Station s) {
    return s.server()
        .startXServer(
            "server",
            s.line()
                .onServer(
                    "Xtigervnc",
                    "-geometry",
                    s.width() + "x" + s.height(),
                    "-depth",
                    "24",
                    "-SecurityTypes",
                    "None",
                    "-rfbport",
                    PORT,
                    "-AlwaysShared"),
            Map.of());
  }

  @Override
  public void startViewer(Station s) {
    List<String> words =
        new ArrayList<>(
            List.of("xtigervncviewer", "-FullScreen", "-RemoteResize=0", "-MenuKey=", "-Shared"));
    if (lossless) {
      words.addAll(List.of("-AutoSelect=0", "-PreferredEncoding=Tight", "-NoJPEG"));
    }
    words.add(Line.SERVER + "::" + PORT);
    s.viewer()
        .start(
            "viewer",
            s.line().onViewer(words.toArray(String[]::new)),
            RemoteDesktop.on(s.viewerDisplay()));
  }
}
