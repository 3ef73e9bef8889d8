package org.mobidesk.experiment.display;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.mobidesk.experiment.display.ScreenWatch.Area;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;

/**
 * One system at work: a session with a window manager, the line, the viewer on a display of its
 * own, and who watches that.
 */
final class Station implements AutoCloseable {
  private static final int START_MILLIS = 90_000;

  /** A colour that no program here uses: lossy viewers show it nearly so. */
  static final int GROUND = 0x2468ac;

  private static final int NEARLY = 16;

  private static final int CLEAR_MILLIS = 30_000;

  /** For viewers that do not make themselves full screen. */
  private static final String WINDOWS_OVER_ALL =
      """
      <openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
      <application class="*" type="normal"><decor>no</decor><maximized>true</maximized></application>
      </applications></openbox_config>
      """;

  private static final String WINDOWS_AS_THEY_ARE =
      """
      <openbox_config xmlns="http://openbox.org/3.4/rc"><mouse>
      <context name="Titlebar"><mousebind button="Left" action="Drag"><action name="Move"/></mousebind></context>
      <context name="Client"><mousebind button="Left" action="Press"><action name="Focus"/></mousebind></context>
      </mouse></openbox_config>
      """;

  /** Those that a signal must not leave behind. */
  private static final Set<Station> OPEN = ConcurrentHashMap.newKeySet();

  private static volatile boolean ending;

  private final RemoteDesktop desktop;
  private final Line line;
  private final int width;
  private final int height;
  private final Programs server;
  private final Programs viewer;
  private String sessionDisplay;
  private String viewerDisplay;
  private ScreenWatch watch;
  private double startMillis;
  private final List<Process> applications = new ArrayList<>();

  private Station(RemoteDesktop desktop, Line.Kind kind, Path home, int width, int height) {
    this.desktop = desktop;
    this.width = width;
    this.height = height;
    server = new Programs(home.resolve(desktop.name() + "-server"));
    viewer = new Programs(home.resolve(desktop.name() + "-viewer"));
    line = new Line(kind);
  }

  /** Starts everything and waits until the viewer shows the whole desktop. */
  static Station start(RemoteDesktop desktop, Line.Kind kind, Path home, int width, int height) {
    Station station = new Station(desktop, kind, home, width, height);
    OPEN.add(station);
    try {
      station.start();
      return station;
    } catch (RuntimeException e) {
      station.close();
      throw e;
    }
  }

  private void start() {
    line.connect();
    viewerDisplay =
        desktop instanceof LocalDisplay ? null : xvfb(viewer, "viewer-display", line.onViewer());
    sessionDisplay = desktop.startServer(this);
    if (viewerDisplay == null) {
      viewerDisplay = sessionDisplay;
    }
    manageWindows(server, sessionDisplay);
    server.start(
        "ground",
        line.onServer("xsetroot", "-solid", "#%06x".formatted(GROUND)),
        RemoteDesktop.on(sessionDisplay));
    if (!viewerDisplay.equals(sessionDisplay)) {
      manageWindows(viewer, viewerDisplay);
    }
    watch = new ScreenWatch(viewerDisplay);
    connect();
  }

  /** Starts a window manager and waits for it: who comes before it is not made full screen. */
  private void manageWindows(Programs programs, String display) {
    Path ready = programs.home().resolve("windows-are-managed");
    Path rules = programs.home().resolve("openbox.xml");
    try {
      Files.writeString(rules, programs == viewer ? WINDOWS_OVER_ALL : WINDOWS_AS_THEY_ARE);
    } catch (IOException e) {
      throw new LabException("cannot write " + rules, e);
    }
    programs.start(
        "openbox",
        List.of("openbox", "--startup", "touch " + ready, "--config-file", rules.toString()),
        RemoteDesktop.on(display));
    Waiting.until("openbox on " + display, Duration.ofSeconds(60), () -> Files.exists(ready));
  }

  /** Starts the viewer and waits until it shows all of the desktop. */
  private void connect() {
    long began = System.nanoTime();
    desktop.startViewer(this);
    for (int[] corner :
        new int[][] {{8, 8}, {width - 8, 8}, {8, height - 8}, {width - 8, height - 8}}) {
      try {
        watch.awaitPixel(corner[0], corner[1], GROUND, NEARLY, START_MILLIS);
      } catch (LabException e) {
        watch.save(viewer.home().resolve("not-shown.ppm").toString());
        throw new LabException(
            desktop.name()
                + " does not show the desktop, see "
                + viewer.home()
                + ": "
                + e.getMessage());
      }
    }
    startMillis = (System.nanoTime() - began) / 1e6;
  }

  /** An Xvfb of the station's size; its display. */
  String xvfb(Programs programs, String name, List<String> prefix) {
    return programs.startXServer(
        name,
        join(
            prefix,
            "Xvfb",
            "-screen",
            "0",
            "%dx%dx24".formatted(width, height),
            "-nolisten",
            "tcp",
            "-noreset"),
        Map.of());
  }

  static List<String> join(List<String> prefix, String... words) {
    var all = new ArrayList<>(prefix);
    all.addAll(List.of(words));
    return all;
  }

  /** Starts an application of the session. */
  Process session(String name, String... words) {
    Process started = server.start(name, line.onServer(words), RemoteDesktop.on(sessionDisplay));
    applications.add(started);
    return started;
  }

  /** Ends the applications of the session and waits until the viewer shows the empty desktop. */
  void clear() {
    applications.forEach(server::end);
    applications.clear();
    watch.awaitPixel(width / 2, height / 2, GROUND, NEARLY, CLEAR_MILLIS);
  }

  /** Ends the viewer, and starts it anew. */
  void reconnect() {
    viewer.end("viewer");
    watch.awaitOther(width / 2, height / 2, GROUND, CLEAR_MILLIS); // else its last picture counts
    connect();
  }

  /** Whether the viewer shows exactly what the server has now. */
  boolean isSameAsServer() {
    Area all = new Area(0, 0, width, height);
    try (ScreenWatch serverSide = new ScreenWatch(sessionDisplay)) {
      return serverSide.hash(all).equals(watch.hash(all));
    }
  }

  RemoteDesktop desktop() {
    return desktop;
  }

  Line line() {
    return line;
  }

  Programs server() {
    return server;
  }

  Programs viewer() {
    return viewer;
  }

  ScreenWatch watch() {
    return watch;
  }

  /** The display that the viewer shows its window on. */
  String viewerDisplay() {
    return viewerDisplay;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  /** Time from the viewer's start to the whole desktop, in milliseconds. */
  double startMillis() {
    return startMillis;
  }

  /** Lets things happen that no event tells of. */
  static void pause(int millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted");
    }
  }

  /** Ends everything: the benchmark was interrupted. */
  static void closeAll() {
    ending = true;
    while (!OPEN.isEmpty()) { // one may just have come
      try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
        OPEN.forEach(s -> workers.submit(s::close));
      }
    }
  }

  /** Whether what fails now does so as all is being ended. */
  static boolean ending() {
    return ending;
  }

  @Override
  public void close() {
    if (!OPEN.remove(this)) {
      return;
    }
    if (watch != null) {
      watch.close();
    }
    viewer.close();
    server.close();
    line.close();
  }
}
