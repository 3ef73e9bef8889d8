package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/**
 * xrdp with xorgxrdp, and FreeRDP's viewer. xrdp is connected to its X server directly, without its
 * session manager: that one has to do with logins only.
 */
final class Xrdp implements RemoteDesktop {
  private final boolean lossless;

  Xrdp(boolean lossless) {
    this.lossless = lossless;
  }

  @Override
  public String name() {
    return lossless ? "xrdp-lossless" : "xrdp";
  }

  @Override
  public String version() {
    return "xrdp "
        + Debian.version("xrdp")
        + ", xorgxrdp "
        + Debian.version("xorgxrdp")
        + ", FreeRDP "
        + Debian.version("freerdp2-x11")
        + (lossless ? ", bitmap updates of 32 bit" : ", RemoteFX");
  }

  @Override
  public String missing() {
    return Debian.missing("xrdp", "xorgxrdp", "freerdp2-x11");
  }

  @Override
  public String startServer(Station s) {
    Path home = s.server().home();
    try {
      Path sockets = Files.createDirectories(home.resolve("sockets"));
      String display =
          s.server()
              .startXServer(
                  "server",
                  s.line()
                      .onServer(
                          "Xorg",
                          "-config",
                          "xrdp/xorg.conf",
                          "-noreset",
                          "-nolisten",
                          "tcp",
                          "-novtswitch",
                          "-sharevts",
                          "-keeptty",
                          "-logfile",
                          home.resolve("Xorg.log").toString()),
                  Map.of(
                      "XRDP_SOCKET_PATH", sockets.toString(),
                      "XRDP_START_WIDTH", Integer.toString(s.width()),
                      "XRDP_START_HEIGHT", Integer.toString(s.height())));
      Path socket = sockets.resolve("xrdp_display_" + display.substring(1));
      Path config = Files.writeString(home.resolve("xrdp.ini"), config(home, socket));
      Command.of(
              "openssl",
              "req",
              "-x509",
              "-newkey",
              "rsa:2048",
              "-nodes",
              "-keyout",
              home.resolve("key.pem").toString(),
              "-out",
              home.resolve("cert.pem").toString(),
              "-days",
              "30",
              "-subj",
              "/CN=bench")
          .run();
      s.server().start("xrdp", s.line().onServer("xrdp", "-n", "-c", config.toString()), Map.of());
      Station.pause(1000); // its viewer does not wait for it
      return display;
    } catch (IOException e) {
      throw new LabException("cannot configure xrdp in " + home, e);
    }
  }

  private static String config(Path home, Path socket) {
    return """
    [Globals]
    ini_version=1
    fork=true
    port=tcp://%s:3389
    tcp_nodelay=true
    security_layer=negotiate
    crypt_level=high
    certificate=%s/cert.pem
    key_file=%s/key.pem
    autorun=bench
    allow_channels=true
    bitmap_cache=true
    bitmap_compression=true
    bulk_compression=true
    max_bpp=32
    new_cursors=true
    use_fastpath=both
    [Logging]
    LogFile=%s/xrdp.log
    LogLevel=WARNING
    EnableSyslog=false
    [Channels]
    rdpdr=true
    rdpsnd=true
    drdynvc=true
    cliprdr=true
    rail=true
    [bench]
    name=bench
    lib=libxup.so
    username=na
    password=na
    ip=127.0.0.1
    port=%s
    code=20
    """
        .formatted(Line.SERVER, home, home, home, socket);
  }

  @Override
  public void startViewer(Station s) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "xfreerdp",
                "/v:" + Line.SERVER,
                "/cert:ignore",
                "/u:na",
                "/p:na",
                "/f",
                "/bpp:32",
                "-grab-keyboard",
                "/log-level:ERROR"));
    if (!lossless) {
      words.addAll(List.of("/rfx", "/network:auto"));
    } else {
      words.add("/network:lan");
    }
    s.viewer()
        .start(
            "viewer",
            s.line().onViewer(words.toArray(String[]::new)),
            RemoteDesktop.on(s.viewerDisplay()));
  }
}
