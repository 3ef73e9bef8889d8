package org.mobidesk.lab.demo;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.NodeMemory;
import org.mobidesk.lab.node.OutsideHost;
import org.mobidesk.lab.node.ResetCounter;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.process.CommandFailed;
import org.mobidesk.lab.setup.Checkout;

/**
 * The demo: what a person does with a desktop, and what must be seen while it moves. Each step is
 * one claim with its evidence.
 */
public final class Demo implements AutoCloseable {
  /** A step, done or not. */
  public record Outcome(String step, boolean ok, String detail) {}

  private interface Work {
    /** Does it and returns what was seen; throws when it was not. */
    String run() throws IOException;
  }

  private record Step(String name, Work work) {}

  /** After so many migrations everything that is made once has been made. */
  private static final int WARM_UP_MOVES = 4;

  /** With fewer migrations after these, growth could not be told from chance. */
  private static final int MOVES_FOR_MEMORY = 8;

  private static final String DESKTOP_WAIT_MS = "90000";

  /** The clock of the panel changes every second. */
  private static final String STILL_MS = "600";

  /** The counter in the terminal and the clock of the panel change what is seen each second. */
  private static final Duration NEW_PICTURE = Duration.ofSeconds(30);

  private final Checkout checkout;
  private final LabRun run;
  private final Progress progress;
  private final PrintStream out;
  private final int moves;
  private final Path pictures;
  private final List<Move> measured = new ArrayList<>();
  private final StringBuilder typedLater = new StringBuilder();

  private LabAccess access;
  private HttpClient client;
  private RestApi api;
  private Viewer viewer;
  private Screen screen;
  private Session session;
  private Applications applications;
  private ResetCounter resets;
  private List<NodeMemory> warm = List.of();
  private Optional<MemoryGrowth> growth = Optional.empty();

  /**
   * @param run is started, unless it is up
   * @param moves how many migrations, there and back in turn; at least 1
   */
  public Demo(Checkout checkout, LabRun run, Progress progress, PrintStream out, int moves) {
    this.checkout = checkout;
    this.run = run;
    this.progress = progress;
    this.out = out;
    this.moves = moves;
    this.pictures = run.directory().resolve("pictures");
  }

  /**
   * Does all steps in order. After one that was not seen to work the rest is not tried, and counts
   * as not done.
   */
  public List<Outcome> play() {
    List<Step> steps = steps();
    List<Outcome> outcomes = new ArrayList<>();
    boolean going = true;
    for (int i = 0; i < steps.size(); i++) {
      Outcome o =
          going ? attempt(steps.get(i)) : new Outcome(steps.get(i).name, false, "not tried");
      outcomes.add(o);
      out.printf(
          "%s %2d/%d  %s: %s%n", o.ok ? "ok  " : "FAIL", i + 1, steps.size(), o.step, o.detail);
      going = o.ok;
    }
    return outcomes;
  }

  private Outcome attempt(Step step) {
    progress.say(step.name);
    try {
      return new Outcome(step.name, true, step.work.run());
    } catch (LabException | CommandFailed | IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new LabException("ended while: " + step.name, e);
      }
      return new Outcome(step.name, false, e.getMessage() + pictureOfFailure());
    }
  }

  /** Shows the person what the viewer showed, if it still does. */
  private String pictureOfFailure() {
    if (viewer == null) {
      return "";
    }
    Path picture = pictures.resolve("failed.png");
    try {
      viewer.send("screenshot " + picture + " window");
      return " (picture: " + picture + ")";
    } catch (LabException e) {
      return " (" + e.getMessage() + ")";
    }
  }

  private List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    steps.add(new Step("a proxy, two session servers and an outside host", this::startLab));
    steps.add(new Step("log in, a desktop appears", this::logIn));
    steps.add(new Step("a terminal, ssh to the outside host, a counter there", this::startSsh));
    steps.add(new Step("a client of the numbered service", this::startNumbers));
    steps.add(new Step("the file manager", this::openFiles));
    steps.add(new Step("an editor with unsaved text", this::openEditor));
    for (int i = 1; i <= moves; i++) {
      int number = i;
      steps.add(new Step("migration " + i, () -> migrate(number)));
    }
    if (moves >= MOVES_FOR_MEMORY) {
      steps.add(new Step("the nodes' memory has not grown", this::compareMemory));
    }
    steps.add(new Step("unsaved text is what was typed", this::compareText));
    steps.add(new Step("what was copied before is pasted into a terminal", this::paste));
    steps.add(new Step("the viewer was never disconnected", this::viewerStayed));
    return steps;
  }

  private String startLab() throws IOException {
    boolean up = LabAccess.exists(run);
    access = up ? LabAccess.read(run) : new Lab(checkout, progress, run).start();
    Files.createDirectories(pictures);
    client = access.client();
    api = new RestApi(access, client);
    resets = ResetCounter.start(run);
    if (up) {
      api.sessions().stream()
          .map(JsonValue::asJsonObject)
          .filter(s -> !s.getString("state").equals("ended"))
          .forEach(s -> api.destroy(s.getString("id")));
    }
    return "https://" + access.address();
  }

  private String logIn() {
    screen = Screen.open(run);
    viewer = startViewer("viewer");
    viewer.send("wait-connected " + DESKTOP_WAIT_MS);
    JsonObject status = viewer.status();
    session = new Session(api, status.getString("session"));
    applications = new Applications(viewer, session, new OutsideHost(run));
    session.awaitDesktop();
    applications.awaitPanel();
    viewer.send("wait-stable " + STILL_MS + " " + DESKTOP_WAIT_MS);
    applications.prepareHome();
    return "session %s on %s, %dx%d"
        .formatted(session.id(), session.server(), status.getInt("width"), status.getInt("height"));
  }

  /** One more viewer of the same user, beside or instead of {@link #viewer}, as the policy says. */
  Viewer startViewer(String name) {
    return Viewer.start(checkout, run, name, access, screen);
  }

  RestApi api() {
    return api;
  }

  /** The viewer that shows the demo. */
  Viewer viewer() {
    return viewer;
  }

  private String startSsh() {
    applications.startSsh();
    return "it counts";
  }

  private String startNumbers() {
    applications.startNumbers();
    return "numbers come";
  }

  private String openFiles() {
    applications.openFileManager();
    return "open";
  }

  private String openEditor() {
    applications.writeUnsavedText();
    applications.copyText();
    viewer.screenshot(pictures.resolve("before.png"));
    return "windows: " + String.join(", ", session.windows());
  }

  /** The main thing: everything that must be the same is looked at before and after. */
  private String migrate(int number) throws IOException {
    String from = session.server();
    String to = from.equals("server1") ? "server2" : "server1";
    SortedMap<Integer, String> before = session.shell().processes();
    long count = applications.counter();
    long resetsBefore = resets.seen();

    long begin = micros();
    Thread during = Thread.ofPlatform().start(() -> pictureDuring(number));
    String typed = "Written while the desktop moved to " + to + ".";
    applications.writeOn(typed);
    typedLater.append('\n').append(typed);
    JsonObject workflow = session.migrate(to);
    long end = micros();
    join(during);

    if (!workflow.getString("state").equals("done")) {
      throw new LabException("the migration to " + to + " failed: " + workflow.get("failure"));
    }
    applications.counterGoesOn(count);
    long numbers = applications.numbersAreWhole();
    mustBeSame(before, session.shell().processes());
    Waiting.until("the viewer to show something new", NEW_PICTURE, () -> showsNewSince(end));
    Arrivals frames = viewer.frames();
    long resetsSeen = resets.seen() - resetsBefore;
    if (resetsSeen > 0) {
      throw new LabException(resetsSeen + " TCP resets were seen on the session's way outside");
    }
    Move move =
        Move.of(
            from,
            to,
            workflow,
            end - begin,
            Arrivals.ofNumberLog(new OutsideHost(run).numbersLog()).longestGap(begin, end),
            frames.longestGap(begin, end),
            resetsSeen);
    measured.add(move);
    if (number == moves) {
      viewer.screenshot(pictures.resolve("after.png"));
    }
    if (number == WARM_UP_MOVES && moves >= MOVES_FOR_MEMORY) {
      warm = NodeMemory.of(checkout, run);
    }
    return "%s > %s, applications stopped for %d ms; ssh counts on, no reset, %d numbers without a gap, %d processes with the same ids"
        .formatted(from, to, move.stoppedUs() / 1000, numbers, before.size());
  }

  private boolean showsNewSince(long time) {
    return viewer.frames().after(time) > 0;
  }

  private void pictureDuring(int number) {
    if (number == 1) {
      viewer.awaitMoving();
      viewer.send("screenshot " + pictures.resolve("during.png") + " window");
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted", e);
    }
  }

  private static void mustBeSame(SortedMap<Integer, String> before, Map<Integer, String> after) {
    before.forEach(
        (pid, name) -> {
          if (!name.equals(after.get(pid))) {
            throw new LabException("process " + pid + " was " + name + ", is " + after.get(pid));
          }
        });
  }

  private String compareMemory() {
    MemoryGrowth measuredGrowth =
        new MemoryGrowth(WARM_UP_MOVES, warm, moves, NodeMemory.of(checkout, run));
    growth = Optional.of(measuredGrowth);
    if (!measuredGrowth.excesses().isEmpty()) {
      throw new LabException(String.join("; ", measuredGrowth.excesses()));
    }
    return measuredGrowth.summary();
  }

  private String compareText() {
    applications.saveTextAndCompare(typedLater.toString());
    return "saved and compared";
  }

  private String paste() {
    applications.pasteTextAndCompare();
    return "the editor still owns the selection";
  }

  private String viewerStayed() {
    JsonObject status = viewer.status();
    int connections = status.getInt("connections");
    if (connections != 1 || !status.getBoolean("connected")) {
      throw new LabException("the viewer opened " + connections + " connections: " + status);
    }
    return "1 connection, " + status.getJsonNumber("frames") + " frames";
  }

  /** What was measured; empty when no migration was done. */
  public List<Move> moves() {
    return List.copyOf(measured);
  }

  /** How memory has grown; empty when there were too few migrations to tell. */
  public Optional<MemoryGrowth> growth() {
    return growth;
  }

  public LabAccess access() {
    return access;
  }

  public Path pictures() {
    return pictures;
  }

  /** Closes the viewer unless a person can see it. */
  @Override
  public void close() {
    if (viewer != null && screen.virtual()) {
      viewer.close();
    }
    if (client != null) {
      client.close();
    }
  }

  private static long micros() {
    return System.nanoTime() / 1000;
  }
}
