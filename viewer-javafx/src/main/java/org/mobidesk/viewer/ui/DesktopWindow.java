package org.mobidesk.viewer.ui;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javafx.application.Platform;
import javafx.geometry.Point2D;
import javafx.scene.Scene;
import javafx.scene.input.KeyCombination;
import javafx.scene.paint.Color;
import javafx.scene.robot.Robot;
import javafx.stage.Screen;
import javafx.stage.Stage;
import javax.net.ssl.SSLContext;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.Protocol;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.viewer.connection.LinkState;
import org.mobidesk.viewer.connection.SessionLink;
import org.mobidesk.viewer.connection.SessionTicket;
import org.mobidesk.viewer.screen.CursorPicture;
import org.mobidesk.viewer.screen.FrameLog;
import org.mobidesk.viewer.screen.FramePresenter;
import org.mobidesk.viewer.screen.ScreenFeed;
import org.mobidesk.viewer.screen.ScreenImage;
import org.mobidesk.viewer.screen.ScreenPane;
import org.mobidesk.viewer.screen.ShownFrames;

/** The window with a session's desktop, from the first connection until it is closed. */
public final class DesktopWindow implements SessionLink.Listener, ViewerBar.Actions {
  private final SessionTicket ticket;
  private final boolean viewOnly;
  private final Stage stage;
  private final Owner owner;
  private final Optional<FrameLog> log;
  private final ScreenFeed feed = new ScreenFeed();
  private final ScreenImage image = new ScreenImage();
  private final ShownFrames shown = new ShownFrames();
  private final AtomicLong pingNanos = new AtomicLong(-1);
  private final SessionLink link;
  private final FramePresenter presenter;
  private final DesktopView view;
  private volatile LinkState state = new LinkState.Connecting();

  /**
   * Opens the window and connects.
   *
   * @param width first width of the desktop in device pixels
   * @param height first height of the desktop in device pixels
   */
  public DesktopWindow(
      SessionTicket ticket,
      SSLContext tls,
      boolean viewOnly,
      int width,
      int height,
      Optional<FrameLog> log,
      Owner owner) {
    this.ticket = ticket;
    this.viewOnly = viewOnly;
    this.owner = owner;
    this.log = log;
    stage = new Stage();
    link = new SessionLink(ticket, tls, clampWidth(width), clampHeight(height), viewOnly, this);
    presenter =
        new FramePresenter(feed, image, shown, log, pingNanos::get, link::send, this::updated);
    view =
        new DesktopView(
            ticket.user() + " on " + ticket.server(),
            image,
            viewOnly,
            this::input,
            this::sizeWanted,
            presenter.rates()::sample,
            this,
            this::logInAgain);
    double scale = Screen.getPrimary().getOutputScaleX();
    view.screen().setPrefSize(width / scale, height / scale);
    Scene scene = new Scene(view, Color.BLACK);
    scene.getStylesheets().add(Styles.url());
    stage.setScene(scene);
    presenter.showIn(scene);
    stage.setTitle(ticket.user() + " on " + ticket.server() + " – MobiDesk");
    stage.setFullScreenExitKeyCombination(KeyCombination.NO_MATCH);
    stage.setFullScreenExitHint("F11, or the bar at the upper edge, leaves full screen");
    stage.fullScreenProperty().addListener((_, _, on) -> view.setFullScreen(on));
    stage.focusedProperty().addListener((_, _, focused) -> focusChanged(focused));
    stage.setOnCloseRequest(_ -> disconnect());
    stage.show();
    view.screen().requestFocus();
    link.start();
  }

  public Stage stage() {
    return stage;
  }

  public ScreenImage image() {
    return image;
  }

  public SessionTicket ticket() {
    return ticket;
  }

  /** The node that takes keyboard and mouse. */
  public ScreenPane screen() {
    return view.screen();
  }

  public ShownFrames shown() {
    return shown;
  }

  public SessionLink link() {
    return link;
  }

  /** Delay of the last PING; negative before the first PONG. */
  public Duration delay() {
    return Duration.ofNanos(pingNanos.get());
  }

  public LinkState state() {
    return state;
  }

  /** Says something over the desktop. */
  public void tell(String words) {
    view.tell(words);
  }

  @Override
  public void stateChanged(LinkState now) {
    state = now;
    log.ifPresent(l -> l.event(describe(now)));
    ConnectionStatus status = ConnectionStatus.of(now);
    Platform.runLater(() -> view.show(status));
  }

  private static String describe(LinkState state) {
    return switch (state) {
      case LinkState.Connecting() -> "connecting";
      case LinkState.Connected(var session, String text) ->
          "connected %s %s".formatted(session, text).strip();
      case LinkState.Lost(String reason, Duration retryIn) ->
          "lost, again in %d ms: %s".formatted(retryIn.toMillis(), reason);
      case LinkState.Ended(String reason) -> "ended: " + reason;
    };
  }

  @Override
  public void received(MessageToViewer message, int bytes) throws ProtocolException {
    if (feed.apply(message, bytes)) {
      presenter.frameCompleted();
    }
    switch (message) {
      case MessageToViewer.ServerHello hello ->
          log.ifPresent(l -> l.event("hello %dx%d".formatted(hello.width(), hello.height())));
      case MessageToViewer.CursorShape shape ->
          Platform.runLater(() -> view.screen().setCursor(CursorPicture.of(shape)));
      case MessageToViewer.CursorWarp warp -> Platform.runLater(() -> warp(warp));
      case MessageToViewer.Pong pong -> pong(pong);
      case MessageToViewer.Bell _ -> Platform.runLater(view.bar()::ring);
      default -> {}
    }
  }

  /** What the user does, on its way to the session. */
  private void input(MessageToSession message) {
    log.ifPresent(l -> l.input(message));
    link.send(message);
  }

  private void pong(MessageToViewer.Pong pong) {
    long delay = System.nanoTime() - pong.value();
    pingNanos.set(delay);
    Platform.runLater(() -> view.setDelay(delay));
  }

  /**
   * Moves the user's pointer to where an application has put it, if it is over the desktop at all.
   */
  private void warp(MessageToViewer.CursorWarp warp) {
    if (!viewOnly && stage.isFocused() && view.screen().isHover()) {
      Point2D there = view.screen().localToScreen(view.screen().fromScreen(warp.x(), warp.y()));
      new Robot().mouseMove(there);
    }
  }

  private void updated() {
    view.screen().refresh();
  }

  private void sizeWanted(int width, int height) {
    link.send(new MessageToSession.SetSize(clampWidth(width), clampHeight(height)));
  }

  private static int clampWidth(int width) {
    return Math.clamp(width, Protocol.MIN_WIDTH, Protocol.MAX_SIZE);
  }

  private static int clampHeight(int height) {
    return Math.clamp(height, Protocol.MIN_HEIGHT, Protocol.MAX_SIZE);
  }

  private void focusChanged(boolean focused) {
    if (!focused) {
      view.releaseAll();
    }
  }

  @Override
  public void toggleFullScreen() {
    stage.setFullScreen(!stage.isFullScreen());
  }

  @Override
  public void toggleGrab() {
    view.toggleGrab();
  }

  @Override
  public void toggleStatistics() {
    view.toggleStatistics();
  }

  @Override
  public void send(KeyChord chord) {
    chord.messages().forEach(this::input);
  }

  @Override
  public void refresh() {
    link.send(new MessageToSession.Refresh());
  }

  @Override
  public void disconnect() {
    link.close();
    stage.close();
    owner.closed();
  }

  @Override
  public void logOut() {
    owner.logOut();
  }

  private void logInAgain() {
    link.close();
    stage.close();
    owner.logInAgain();
  }

  /** Who opened the window. */
  public interface Owner {
    /** The user is done; the session goes on. */
    void closed();

    /** The user wants to log in again. */
    void logInAgain();

    /** The user wants the session ended. */
    void logOut();
  }
}
