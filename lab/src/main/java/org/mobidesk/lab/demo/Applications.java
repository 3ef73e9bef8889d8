package org.mobidesk.lab.demo;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.node.NumberClient;
import org.mobidesk.lab.node.OutsideHost;

/**
 * What a person works with in the demo: started by mouse and keyboard through the viewer, and
 * looked at by evidence.
 */
final class Applications {
  private static final Duration WORK = Duration.ofSeconds(60);

  /**
   * The launchers of the panel of the xfce template, on a screen of 1280x800: pixels from its left
   * edge.
   */
  private static final int FILES = 60;

  private static final int TERMINAL = 100;
  private static final int EDITOR = 140;
  private static final int PANEL = 780;

  /** Where the panel of a desktop without windows has nothing. */
  private static final int EMPTY = 500;

  /** Where the pointer rests, in pixels: on the desktop's middle. */
  private static final int REST = 400;

  /**
   * Counts of the counter that a move must be followed by: more than what could be in buffers on
   * the way.
   */
  private static final long GOES_ON = 20;

  /** After which a person would try again. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String NOTE = "Notes that nobody has saved.";
  private static final String NOTE_FILE = "note.txt";
  private static final String PASTED_FILE = "pasted.txt";

  private final Viewer viewer;
  private final Session session;
  private final OutsideHost outside;
  private final NumberClient numbers;

  Applications(Viewer viewer, Session session, OutsideHost outside) {
    this.viewer = viewer;
    this.session = session;
    this.outside = outside;
    this.numbers = new NumberClient(session.shell(), outside);
  }

  /**
   * Waits until the panel is whole: its menu comes last and moves the launchers to their places, so
   * that the editor's is where only the panel was.
   */
  void awaitPanel() {
    Waiting.until(
        "the panel to be whole",
        WORK,
        () -> {
          String panel = viewer.send("pixel " + EMPTY + " " + PANEL);
          return panel.equals(viewer.send("pixel " + (EMPTY + EDITOR) + " " + PANEL))
              && !panel.equals(viewer.send("pixel " + EDITOR + " " + PANEL));
        });
  }

  /**
   * What a user would have in the home directory already: a key, and a client of the numbered
   * service.
   */
  void prepareHome() {
    outside.admit(session.shell());
    numbers.install();
  }

  /** A terminal, in it ssh to the outside host, there a counter. */
  void startSsh() {
    launch(TERMINAL, "Terminal");
    viewer.type("ssh " + OutsideHost.USER + "@" + LabNetwork.OUTSIDE_ADDRESS + "\n");
    Waiting.until(
        "the ssh connection", WORK, () -> session.shell().attempt("pgrep -x ssh").exit() == 0);
    viewer.type("./counter\n");
    Waiting.until(
        "the counter on the outside host to count", WORK, () -> outside.counter().isPresent());
  }

  void startNumbers() {
    launch(TERMINAL, "Terminal");
    viewer.type(NumberClient.COMMAND + "\n");
    numbers.awaitStart();
  }

  /**
   * Clicks on a launcher, again when nothing comes of it: a panel that is still loading ignores
   * clicks. Takes the pointer away when the window is there, so that no tool tip covers anything.
   */
  private void launch(int launcher, String title) {
    int before = session.windows().size();
    insist(
        "a window `" + title + "`",
        () -> viewer.click(launcher, PANEL),
        () -> session.windows().size() > before);
    session.awaitActive(title);
    viewer.send("move " + REST + " " + REST);
  }

  /** Does something, and again when nothing comes of it for as long as a person would wait. */
  private static void insist(String what, Runnable act, BooleanSupplier done) {
    Instant[] next = {Instant.now()};
    Waiting.until(
        what,
        WORK,
        () -> {
          if (!Instant.now().isBefore(next[0])) {
            act.run();
            next[0] = Instant.now().plus(PATIENCE);
          }
          return done.getAsBoolean();
        });
  }

  void openFileManager() {
    launch(FILES, "Thunar");
  }

  /** An editor with text that is in no file; its title begins with a star then. */
  void writeUnsavedText() {
    launch(EDITOR, "Mousepad");
    viewer.type(NOTE);
    session.awaitActive("*");
  }

  /** More unsaved text, while the session moves: a line of its own. */
  void writeOn(String text) {
    viewer.type("\n" + text);
  }

  /** The unsaved text is there: saved now, by the keyboard, it is what was typed. */
  void saveTextAndCompare(String typedLater) {
    session.awaitActive("Mousepad");
    viewer.send("key ctrl+s");
    session.awaitActive("Save");
    // The dialog offers the home directory; its name field has the focus. While it is still
    // completing the name, Return only ends that.
    viewer.type(NOTE_FILE);
    insist(
        "the text to be saved",
        () -> viewer.send("key Return"),
        () -> session.shell().attempt("test -s " + NOTE_FILE).exit() == 0);
    String saved = session.shell().run("cat " + NOTE_FILE).strip();
    String typed = NOTE + typedLater;
    if (!saved.equals(typed)) {
      throw new LabException("typed `" + typed + "`, but the editor saved `" + saved + "`");
    }
  }

  /** Copies all of the text: the editor owns the selection from now on. */
  void copyText() {
    viewer.send("key ctrl+a ctrl+c ctrl+End");
  }

  /** What was copied is had from its owner by another program. */
  void pasteTextAndCompare() {
    launch(TERMINAL, "Terminal");
    // The text comes when its owner has answered: read by characters, as no line ends it.
    viewer.type("stty -icanon; head -c " + NOTE.length() + " >" + PASTED_FILE + "; stty icanon\n");
    Waiting.until(
        "a program that reads in the terminal",
        WORK,
        () -> session.shell().attempt("pgrep -x head").exit() == 0);
    viewer.send("key ctrl+shift+v");
    Waiting.until(
        "the terminal to have what was copied in the editor",
        WORK,
        () ->
            session
                    .shell()
                    .attempt("test $(stat -c %s " + PASTED_FILE + ") = " + NOTE.length())
                    .exit()
                == 0);
    String pasted = session.shell().run("cat " + PASTED_FILE).strip();
    if (!pasted.equals(NOTE)) {
      throw new LabException("copied `" + NOTE + "`, but pasted `" + pasted + "`");
    }
  }

  /** Waits until the counter is well beyond {@code before}. */
  void counterGoesOn(long before) {
    Waiting.until(
        "the counter behind ssh to go on beyond " + before,
        WORK,
        () -> outside.counter().orElse(0) > before + GOES_ON);
  }

  long counter() {
    OptionalLong now = outside.counter();
    return now.orElseThrow(() -> new LabException("the counter behind ssh has not begun"));
  }

  /** Nothing of the numbered service is lost; returns how many numbers came. */
  long numbersAreWhole() {
    return numbers.whole();
  }
}
