package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * The X server with MobiDesk's driver and the viewer, over TLS. As the peers have none, it has no
 * proxy tier and no session around it: {@link DisplayFront} stands in for the proxy.
 */
final class MobiDesk implements RemoteDesktop {
  private static final String PORT = "8443";
  private static final String PASSWORD = "bench";

  private final Checkout checkout;

  MobiDesk(Checkout checkout) {
    this.checkout = checkout;
  }

  @Override
  public String name() {
    return "mobidesk";
  }

  @Override
  public String version() {
    return "MobiDesk of this checkout, lossless but for videos, TLS 1.3";
  }

  @Override
  public String missing() {
    return "";
  }

  @Override
  public String startServer(Station s) {
    Path home = s.server().home();
    Path socket = home.resolve("display.sock");
    try {
      String config =
          Files.readString(checkout.root().resolve("native/display/xorg.conf"))
              .replace("/run/mobidesk/display.sock", socket.toString())
              .replace("1280x800", s.width() + "x" + s.height());
      Files.writeString(home.resolve("xorg.conf"), config);
      Files.createDirectories(home.resolve("no-more-configuration"));
      makeKeys(home);
    } catch (IOException e) {
      throw new LabException("cannot configure the X server in " + home, e);
    }
    String display =
        s.server()
            .startXServer(
                "server",
                s.line()
                    .onServer(
                        "Xorg",
                        "-noreset",
                        "-novtswitch",
                        "-sharevts",
                        "-keeptty",
                        "-nolisten",
                        "tcp",
                        "-config",
                        home.resolve("xorg.conf").toString(),
                        "-configdir",
                        home.resolve("no-more-configuration").toString(),
                        "-modulepath",
                        checkout.built("native/target/meson/display") + ",/usr/lib/xorg/modules",
                        "-logfile",
                        home.resolve("Xorg.log").toString()),
                Map.of());
    Process front =
        s.server()
            .start(
                "front",
                s.line()
                    .onServer(
                        java(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        DisplayFront.class.getName(),
                        Line.SERVER,
                        PORT,
                        home.resolve("keys.p12").toString(),
                        PASSWORD,
                        socket.toString()),
                Map.of());
    Waiting.until(
        "the front to listen",
        java.time.Duration.ofSeconds(60),
        () -> Files.exists(home.resolve("front.ready")) || !front.isAlive());
    if (!front.isAlive()) {
      throw new LabException("the front has ended: see " + home.resolve("front.log"));
    }
    return display;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void makeKeys(Path home) {
    Path certificate = home.resolve("certificate.pem");
    Path key = home.resolve("key.pem");
    Command.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key.toString(),
            "-out",
            certificate.toString(),
            "-days",
            "30",
            "-subj",
            "/CN=bench",
            "-addext",
            "subjectAltName=IP:" + Line.SERVER)
        .run();
    Command.of(
            "openssl",
            "pkcs12",
            "-export",
            "-inkey",
            key.toString(),
            "-in",
            certificate.toString(),
            "-out",
            home.resolve("keys.p12").toString(),
            "-passout",
            "pass:" + PASSWORD)
        .run();
  }

  @Override
  public void startViewer(Station s) {
    Path home = s.viewer().home();
    try {
      Files.writeString(home.resolve("password"), PASSWORD + "\n");
    } catch (IOException e) {
      throw new LabException("cannot write into " + home, e);
    }
    List<String> words =
        s.line()
            .onViewer(
                checkout.built("viewer-javafx/target/viewer/mobidesk-viewer").toString(),
                "--server",
                Line.SERVER + ":" + PORT,
                "--user",
                "bench",
                "--password-file",
                home.resolve("password").toString(),
                "--ca",
                s.server().home().resolve("certificate.pem").toString(),
                "--size",
                s.width() + "x" + s.height(),
                "--config",
                home.resolve("config").toString(),
                "--log",
                home.resolve("frames.csv").toString(),
                "--script",
                home.resolve("viewer.sock").toString(),
                "--full-screen");
    s.viewer()
        .start(
            "viewer",
            words,
            Map.of(
                "DISPLAY",
                s.viewerDisplay(),
                "JAVA_HOME",
                System.getProperty("java.home"),
                "MOBIDESK_VIEWER_JAVA_OPTIONS",
                "-Dprism.order=sw"));
  }
}
