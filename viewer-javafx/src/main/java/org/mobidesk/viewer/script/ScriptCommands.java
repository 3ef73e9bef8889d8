package org.mobidesk.viewer.script;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javafx.application.Platform;
import javafx.scene.Scene;
import javafx.scene.input.MouseButton;
import javafx.stage.Stage;
import org.mobidesk.viewer.connection.LinkState;
import org.mobidesk.viewer.screen.FrameLog;
import org.mobidesk.viewer.screen.ScreenImage;
import org.mobidesk.viewer.screen.ScreenPane;
import org.mobidesk.viewer.ui.DesktopWindow;

/** The commands of one script, one after the other. Not for the JavaFX thread: some wait. */
final class ScriptCommands {
  static final String HELP =
      String.join(
          " | ",
          "type TEXT",
          "compose TEXT",
          "key CHORD...",
          "move X Y",
          "click X Y [BUTTON]",
          "double-click X Y [BUTTON]",
          "drag X1 Y1 X2 Y2 [BUTTON]",
          "wheel X Y up|down|left|right [CLICKS]",
          "resize W H",
          "full-screen on|off",
          "wait-connected [MS]",
          "wait-frame [MS]",
          "wait-stable QUIET_MS [MS]",
          "wait-size W H [MS]",
          "wait-pixel X Y RRGGBB [MS]",
          "pixel X Y",
          "screenshot FILE [window]",
          "status",
          "log",
          "quit");

  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  private final ScriptTarget target;
  private InputRobot robot;
  private Scene robotsScene;

  private final FrameMark beforeInput;

  /**
   * Makes one.
   *
   * @param beforeInput shared by all scripts: each of their connections may bring one command only
   */
  ScriptCommands(ScriptTarget target, FrameMark beforeInput) {
    this.target = target;
    this.beforeInput = beforeInput;
  }

  /**
   * Carries out one line.
   *
   * @return the result, empty when there is none
   * @throws ScriptException when it cannot be done
   */
  String execute(String line) throws ScriptException, InterruptedException {
    Arguments a = new Arguments(line);
    String result =
        switch (a.command()) {
          case "type" -> type(a.text());
          case "compose" -> compose(a.text());
          case "key" -> keys(a);
          case "move", "click", "double-click", "drag", "wheel" -> mouse(a);
          case "resize" -> resize(a.number("width"), a.number("height"));
          case "full-screen" -> fullScreen(a.word("on or off").equals("on"));
          case "wait-connected" -> waitConnected(a.millisOr(DEFAULT_TIMEOUT));
          case "wait-frame" -> waitFrame(a.millisOr(DEFAULT_TIMEOUT));
          case "wait-stable" -> waitStable(a.millis("quiet time"), a.millisOr(DEFAULT_TIMEOUT));
          case "wait-size" -> waitSize(a);
          case "wait-pixel" -> waitPixel(a);
          case "pixel" -> pixel(a.number("x"), a.number("y"));
          case "screenshot" -> screenshot(a);
          case "status" -> onFx(() -> StatusReport.of(target).toString());
          case "log" -> log();
          case "quit" -> quit();
          case "help" -> HELP;
          default ->
              throw new ScriptException(
                  "there is no command '%s'; there are: %s".formatted(a.command(), HELP));
        };
    a.end();
    return result;
  }

  private String type(String text) throws ScriptException, InterruptedException {
    return input(r -> r.type(text));
  }

  private String compose(String text) throws ScriptException, InterruptedException {
    return input(r -> r.compose(text));
  }

  private String keys(Arguments a) throws ScriptException, InterruptedException {
    do {
      String chord = a.word("key");
      input(r -> r.key(chord));
    } while (a.hasMore());
    return "";
  }

  private String mouse(Arguments a) throws ScriptException, InterruptedException {
    int x = a.number("x");
    int y = a.number("y");
    MouseInput input =
        switch (a.command()) {
          case "click" -> click(a, x, y, 1);
          case "double-click" -> click(a, x, y, 2);
          case "drag" -> drag(a, x, y);
          case "wheel" -> wheel(a, x, y);
          default -> (r, screen) -> r.move(screen, x, y);
        };
    a.end();
    return mouse(input);
  }

  private static MouseInput click(Arguments a, int x, int y, int count) throws ScriptException {
    MouseButton button = button(a);
    return (r, screen) -> r.click(screen, x, y, button, count);
  }

  private static MouseInput drag(Arguments a, int x, int y) throws ScriptException {
    int toX = a.number("second x");
    int toY = a.number("second y");
    MouseButton button = button(a);
    return (r, screen) -> r.drag(screen, x, y, toX, toY, button);
  }

  private static MouseInput wheel(Arguments a, int x, int y) throws ScriptException {
    String direction = a.word("direction");
    int clicks = a.hasMore() ? a.number("clicks") : 1;
    return switch (direction) {
      case "up" -> (r, screen) -> r.wheel(screen, x, y, 0, clicks);
      case "down" -> (r, screen) -> r.wheel(screen, x, y, 0, -clicks);
      case "left" -> (r, screen) -> r.wheel(screen, x, y, clicks, 0);
      case "right" -> (r, screen) -> r.wheel(screen, x, y, -clicks, 0);
      default ->
          throw new ScriptException(
              "'%s' is no direction: up, down, left and right are".formatted(direction));
    };
  }

  private static MouseButton button(Arguments a) throws ScriptException {
    String name = a.hasMore() ? a.word("button") : "left";
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "left", "1" -> MouseButton.PRIMARY;
      case "middle", "2" -> MouseButton.MIDDLE;
      case "right", "3" -> MouseButton.SECONDARY;
      case "back", "8" -> MouseButton.BACK;
      case "forward", "9" -> MouseButton.FORWARD;
      default ->
          throw new ScriptException(
              "'%s' is no button: left, middle, right, back and forward are".formatted(name));
    };
  }

  private String input(Input input) throws ScriptException, InterruptedException {
    return onFx(
        () -> {
          Scene scene = target.stage().getScene();
          if (robotsScene != scene) {
            robot = new InputRobot(scene);
            robotsScene = scene;
          }
          target.desktop().ifPresent(d -> beforeInput.set(d.shown().count()));
          input.make(robot);
          return "";
        });
  }

  private String mouse(MouseInput input) throws ScriptException, InterruptedException {
    return input(r -> input.make(r, desktop().screen()));
  }

  private String resize(int width, int height) throws ScriptException, InterruptedException {
    return onFx(
        () -> {
          Stage stage = desktop().stage();
          ScreenPane screen = desktop().screen();
          double scale = stage.getOutputScaleX();
          stage.setWidth(stage.getWidth() + (width - screen.pixelWidth()) / scale);
          stage.setHeight(stage.getHeight() + (height - screen.pixelHeight()) / scale);
          return "";
        });
  }

  private String fullScreen(boolean on) throws ScriptException, InterruptedException {
    return onFx(
        () -> {
          desktop().stage().setFullScreen(on);
          return "";
        });
  }

  private String waitConnected(Duration timeout) throws ScriptException, InterruptedException {
    until(
        timeout,
        () ->
            target
                .desktop()
                .filter(d -> d.state() instanceof LinkState.Connected && d.shown().count() > 0)
                .isPresent(),
        "the desktop is not shown");
    return "";
  }

  private String waitFrame(Duration timeout) throws ScriptException, InterruptedException {
    DesktopWindow window = onFx(this::desktop);
    long before = beforeInput.takeOr(window.shown().count());
    if (!window.shown().awaitMoreThan(before, timeout)) {
      throw new ScriptException("no frame came within %d ms".formatted(timeout.toMillis()));
    }
    return "";
  }

  private String waitStable(Duration quiet, Duration timeout)
      throws ScriptException, InterruptedException {
    DesktopWindow window = onFx(this::desktop);
    if (!window.shown().awaitQuiet(quiet, timeout)) {
      throw new ScriptException(
          "the picture was not still for %d ms within %d ms"
              .formatted(quiet.toMillis(), timeout.toMillis()));
    }
    return "";
  }

  private String waitSize(Arguments a) throws ScriptException, InterruptedException {
    int width = a.number("width");
    int height = a.number("height");
    untilShown(
        a.millisOr(DEFAULT_TIMEOUT),
        image -> image.width() == width && image.height() == height,
        "the screen has not become %dx%d".formatted(width, height));
    return "";
  }

  private String waitPixel(Arguments a) throws ScriptException, InterruptedException {
    int x = a.number("x");
    int y = a.number("y");
    String colour = a.word("colour").toLowerCase(Locale.ROOT);
    untilShown(
        a.millisOr(DEFAULT_TIMEOUT),
        image -> x < image.width() && y < image.height() && colourAt(image, x, y).equals(colour),
        "the pixel at %d,%d has not become %s".formatted(x, y, colour));
    return "";
  }

  private String pixel(int x, int y) throws ScriptException, InterruptedException {
    return onFx(() -> colourAt(desktop().image(), x, y));
  }

  private static String colourAt(ScreenImage image, int x, int y) {
    return "%06x".formatted(image.pixel(x, y) & 0xffffff);
  }

  private String screenshot(Arguments a) throws ScriptException, InterruptedException {
    Path file = Path.of(a.word("file"));
    boolean window = a.hasMore() && a.word("window").equals("window");
    Screenshot picture =
        onFx(
            () ->
                window
                    ? Screenshot.of(target.stage().getScene())
                    : Screenshot.of(desktop().image()));
    picture.write(file);
    return "%dx%d".formatted(picture.width(), picture.height());
  }

  /** In the thread that shows frames: those whose acknowledgement the session has are in it. */
  private String log() throws ScriptException, InterruptedException {
    FrameLog log =
        onFx(
            () ->
                target
                    .log()
                    .orElseThrow(
                        () -> new ScriptException("there is no log: start the viewer with --log")));
    log.flush();
    return log.file().toString();
  }

  private String quit() {
    Platform.runLater(target::quit);
    return "";
  }

  private DesktopWindow desktop() throws ScriptException {
    return target
        .desktop()
        .orElseThrow(
            () ->
                new ScriptException(
                    "there is no desktop yet; the login window says: " + target.loginMessage()));
  }

  /** Waits for something about the screen, looked at after each frame. */
  private void untilShown(Duration timeout, Look look, String complaint)
      throws ScriptException, InterruptedException {
    DesktopWindow window = onFx(this::desktop);
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      long frames = window.shown().count();
      if (onFx(() -> look.at(window.image()))) {
        return;
      }
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      if (left.isNegative() || !window.shown().awaitMoreThan(frames, left)) {
        throw new ScriptException(complaint + " within %d ms".formatted(timeout.toMillis()));
      }
    }
  }

  /** Waits for something that no event tells of, looked at some times a second. */
  private void until(Duration timeout, Callable<Boolean> condition, String complaint)
      throws ScriptException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!onFx(condition)) {
      if (System.nanoTime() > deadline) {
        throw new ScriptException(complaint + " within %d ms".formatted(timeout.toMillis()));
      }
      Thread.sleep(20);
    }
  }

  /** Does something in the JavaFX thread and waits for it. */
  private static <T> T onFx(Callable<T> action) throws ScriptException, InterruptedException {
    FutureTask<T> task = new FutureTask<>(action);
    Platform.runLater(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      throw switch (e.getCause()) {
        case ScriptException said -> said;
        case IllegalArgumentException said -> new ScriptException(said.getMessage());
        default -> new ScriptException("the viewer failed: " + e.getCause());
      };
    }
  }

  /** Something that a user does. */
  @FunctionalInterface
  private interface Input {
    void make(InputRobot robot) throws ScriptException;
  }

  /** Something that a user does with the mouse, on the desktop. */
  @FunctionalInterface
  private interface MouseInput {
    void make(InputRobot robot, ScreenPane screen) throws ScriptException;
  }

  /** A question about what is shown. */
  @FunctionalInterface
  private interface Look {
    boolean at(ScreenImage image) throws ScriptException;
  }
}
