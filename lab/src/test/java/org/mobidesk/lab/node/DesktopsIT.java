package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.Template;
import org.mobidesk.lab.setup.TemplateImage;

/**
 * Every template's desktop with its applications open, stopped and brought back: what is on the
 * screen, and every process, is there again. Pictures are in {@code target/desktops}.
 */
@EnabledIfSystemProperty(named = "mobidesk.test.desktops", matches = "true")
class DesktopsIT {
  private static final String SERVER = "server1";
  private static final String USER = "ada";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What shows that the desktop itself is there. */
  private static final Map<String, String> DESKTOP =
      Map.of("minimal", "openbox", "xfce", "xfce4-panel", "kde", "plasmashell");

  private static final LabRun RUN = new LabRun("dsk" + ProcessHandle.current().pid() % 1_000_000);

  private static Checkout checkout;
  private static TemplateImage images;
  private static DaemonLab lab;
  private static Map<String, Template> templates;
  private static Path pictures;

  @BeforeAll
  static void start() throws IOException {
    checkout = Checkout.find();
    Progress progress = new Progress(System.out);
    images = new TemplateImage(checkout, progress);
    templates =
        DESKTOP.keySet().stream()
            .collect(Collectors.toMap(name -> name, name -> images.make(name)));
    pictures = Files.createDirectories(checkout.root().resolve("lab/target/desktops"));
    lab = DaemonLab.start(checkout, progress, RUN, List.copyOf(templates.values()));
  }

  @AfterAll
  static void remove() {
    new LabRemoval(RUN).remove();
  }

  /** One desktop, as its user. */
  private record Desktop(String id) {

    /** Runs a script with the environment of the desktop's own programs. */
    String shell(String script) {
      Command.Result r =
          lab.hostctl(
                  SERVER,
                  "exec",
                  id,
                  "/bin/bash",
                  "-c",
                  "export $(tr '\\0' '\\n' </proc/$(pgrep -o -x "
                      + DESKTOP.get(id)
                      + ")/environ | grep -E '^(DBUS_SESSION_BUS_ADDRESS|DISPLAY|XDG_[A-Z_]*|QT_[A-Z_]*|GTK_[A-Z0-9_]*"
                      + "|LIBGL_[A-Z_]*|NO_AT_BRIDGE|GIO_USE_VFS|GSETTINGS_BACKEND|KDE_[A-Z_]*)='); "
                      + script)
              .attempt();
      return r.out() + r.err();
    }

    void start(String program) {
      shell("cd; setsid -f " + program + " </dev/null >>started.log 2>&1");
    }

    /** Waits for a window; a person who looks for the reason finds it beside the pictures. */
    void awaitWindow(String title) {
      try {
        Waiting.until(
            "the window of " + title + " in " + id, PATIENCE, () -> windows().contains(title));
      } catch (LabException e) {
        String state =
            shell("cat started.log; ps -eo pid,ppid,stat,wchan:20,time,args | cut -c1-150")
                + windows();
        picture(id + "-failed");
        throw new LabException(e.getMessage() + "; there is:\n" + state, e);
      }
    }

    /** As root of a session does, from a file: where packages come from is tested elsewhere. */
    void installsAPackage() {
      String out =
          shell(
              """
              cd && mkdir -p made/DEBIAN made/usr/bin &&
              printf '#!/bin/sh\\necho hello from a package\\n' >made/usr/bin/hello-session && chmod 755 made/usr/bin/* &&
              printf 'Package: hello-session\\nVersion: 1\\nArchitecture: all\\nMaintainer: ada\\nDescription: hello\\n' \
                >made/DEBIAN/control &&
              dpkg-deb --root-owner-group -b made /tmp/made.deb && sudo -n apt-get -qq -y install /tmp/made.deb && hello-session
              """);
      assertTrue(out.contains("hello from a package"), out);
    }

    /** The titles of all windows. */
    String windows() {
      return shell(
          "for w in $(xprop -root _NET_CLIENT_LIST | grep -o '0x[0-9a-f]*'); do xprop -id $w"
              + " _NET_WM_NAME WM_NAME; done");
    }

    /** Names and pids of all processes, but for those that look. */
    Set<String> processes() {
      return lab.hostctl(SERVER, "exec", "--root", id, "/bin/ps", "-eo", "pid=,comm=")
          .run()
          .out()
          .lines()
          .map(String::strip)
          .filter(
              l ->
                  l.matches(
                      "[0-9]+ (Xorg|firefox-esr|soffice.bin|evince|okular|mpv|xterm|"
                          + String.join("|", DESKTOP.values())
                          + ")"))
          .collect(Collectors.toCollection(TreeSet::new));
    }

    void picture(String name) {
      String pid =
          lab.hostctl(SERVER, "show", id).run().text().replaceAll("(?s).* pid=([0-9]+) .*", "$1");
      Path ppm = pictures.resolve(name + ".ppm");
      lab.host(SERVER)
          .command(
              checkout.built("native/target/meson/display/tests/display-snapshot").toString(),
              "/proc/" + pid + "/root/run/mobidesk/display.sock",
              ppm.toString(),
              "1500")
          .run();
      Command.of("convert", ppm.toString(), pictures.resolve(name + ".png").toString()).run();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"minimal", "xfce", "kde"})
  void aCompleteDesktopComesBack(String name) {
    Desktop desktop = new Desktop(name);
    String address = "10.74.0." + (40 + List.of("minimal", "xfce", "kde").indexOf(name));
    lab.hostctl(SERVER, "create", name, templates.get(name).id(), USER, address).run();
    Waiting.until(
        DESKTOP.get(name) + " to run",
        PATIENCE,
        () -> desktop.processes().stream().anyMatch(p -> p.endsWith(" " + DESKTOP.get(name))));
    desktop.shell(
        "cd; printf 'item,count,price\\ndesk,2,310\\nlamp,5,42\\nchair,4,120\\n' >stock.csv; echo 'MobiDesk' >page.txt;"
            + " printf '<title>At home</title><h1>A page of this session</h1>' >page.html;"
            + " for to in ods pdf; do soffice --headless --convert-to $to stock.csv; done >/dev/null 2>&1");
    // A window that leaves room for others.
    desktop.shell(
        "cd; mkdir web; echo '{\"chrome://browser/content/browser.xhtml\": {\"main-window\": {\"screenX\": \"20\","
            + " \"screenY\": \"30\", \"width\": \"620\", \"height\": \"380\", \"sizemode\": \"normal\"}}}'"
            + " >web/xulstore.json");
    desktop.installsAPackage();
    assertTrue(desktop.shell("ssh -V").contains("OpenSSH"), "no ssh client");
    desktop.start("firefox-esr --no-remote --profile web page.html");
    desktop.start("soffice --norestore --calc stock.ods");
    desktop.start((name.equals("kde") ? "okular" : "evince") + " stock.pdf");
    desktop.start(
        "mpv --force-window=yes --ao=null --vo=x11 --geometry=30%-20-60"
            + " 'av://lavfi:testsrc2=size=384x216:rate=24'");
    for (String title : List.of("At home", "stock.ods", "stock.pdf", "mpv")) {
      desktop.awaitWindow(title);
    }
    desktop.picture(name);
    Set<String> before = desktop.processes();
    String windows = desktop.windows();

    lab.hostctl(SERVER, "checkpoint", name, "1").run();
    lab.hostctl(SERVER, "restore", name, templates.get(name).id(), USER, address, "1").run();
    lab.hostctl(SERVER, "resume", name, "1").run();

    assertEquals(before, desktop.processes());
    assertEquals(windows, desktop.windows());
    // Alive, not only there: a new window comes up.
    desktop.start("xterm -title 'after the restore' -e sleep 600");
    desktop.awaitWindow("after the restore");
    desktop.picture(name + "-restored");
    assertTrue(Files.exists(pictures.resolve(name + "-restored.png")));
    lab.hostctl(SERVER, "destroy", name).run();
  }
}
