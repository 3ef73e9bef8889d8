package org.mobidesk.viewer.ui;

import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javafx.geometry.Insets;
import javafx.geometry.Point2D;
import javafx.geometry.Pos;
import javafx.scene.input.InputMethodEvent;
import javafx.scene.input.KeyEvent;
import javafx.scene.input.MouseEvent;
import javafx.scene.input.ScrollEvent;
import javafx.scene.input.TouchEvent;
import javafx.scene.input.TouchPoint;
import javafx.scene.layout.BorderPane;
import javafx.scene.layout.StackPane;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.viewer.input.Fingers;
import org.mobidesk.viewer.input.Keyboard;
import org.mobidesk.viewer.input.Mouse;
import org.mobidesk.viewer.screen.FrameRates;
import org.mobidesk.viewer.screen.ScreenImage;
import org.mobidesk.viewer.screen.ScreenPane;

/**
 * The desktop, the bar above it, and what is said over it. To be used in the JavaFX thread only.
 */
final class DesktopView extends BorderPane {
  /** How near to the upper edge the pointer calls the bar in full screen, in JavaFX units. */
  private static final double EDGE = 2;

  private final ScreenPane screen;
  private final ViewerBar bar;
  private final Banner banner = new Banner();
  private final ComposedText composed = new ComposedText();
  private final EndCard endCard;
  private final StatisticsOverlay statistics;
  private final ViewerKeys viewerKeys;
  private final StackPane layers;
  private final Keyboard keyboard;
  private final Mouse mouse;
  private final Fingers fingers;
  private boolean fullScreen;

  DesktopView(
      String name,
      ScreenImage image,
      boolean viewOnly,
      Consumer<MessageToSession> session,
      BiConsumer<Integer, Integer> sizeWanted,
      Supplier<FrameRates.Sample> rates,
      ViewerBar.Actions actions,
      Runnable onLogIn) {
    screen = new ScreenPane(image, sizeWanted);
    bar = new ViewerBar(name, actions);
    endCard = new EndCard(onLogIn, actions::disconnect);
    statistics =
        new StatisticsOverlay(rates, () -> "%dx%d".formatted(image.width(), image.height()));
    viewerKeys = new ViewerKeys(actions);
    layers = new StackPane(screen, composed, statistics, banner, endCard);
    keyboard = new Keyboard(session);
    mouse = new Mouse(session);
    fingers = new Fingers(session);
    StackPane.setAlignment(banner, Pos.TOP_CENTER);
    StackPane.setMargin(banner, new Insets(48, 0, 0, 0));
    StackPane.setAlignment(statistics, Pos.TOP_RIGHT);
    StackPane.setMargin(statistics, new Insets(12));
    StackPane.setAlignment(bar, Pos.TOP_CENTER);
    getStyleClass().add("desktop");
    setTop(bar);
    setCenter(layers);
    screen.addEventHandler(KeyEvent.ANY, viewerKeys::handle);
    if (!viewOnly) {
      takeInput();
    }
    layers.addEventFilter(MouseEvent.MOUSE_MOVED, this::showBarAtEdge);
  }

  private void takeInput() {
    screen.addEventHandler(KeyEvent.ANY, keyboard::handle);
    screen.setInputMethodRequests(composed);
    screen.setOnInputMethodTextChanged(this::compose); // JavaFX composes only where this is set
    screen.addEventHandler(MouseEvent.MOUSE_MOVED, this::mouse);
    screen.addEventHandler(MouseEvent.MOUSE_DRAGGED, this::mouse);
    screen.addEventHandler(MouseEvent.MOUSE_RELEASED, this::mouse);
    screen.addEventHandler(
        MouseEvent.MOUSE_PRESSED,
        event -> {
          screen.requestFocus();
          composed.moveTo(event.getX(), event.getY());
          mouse(event);
        });
    screen.addEventHandler(
        ScrollEvent.SCROLL,
        event -> {
          Point2D at = screen.toScreen(event.getX(), event.getY());
          mouse.handle(event, (int) at.getX(), (int) at.getY());
          event.consume();
        });
    screen.addEventHandler(TouchEvent.ANY, this::touch);
  }

  private void compose(InputMethodEvent event) {
    composed.show(event);
    keyboard.handle(event);
  }

  private void touch(TouchEvent event) {
    TouchPoint point = event.getTouchPoint();
    Point2D at = screen.toScreen(point.getX(), point.getY());
    screen.requestFocus();
    composed.moveTo(point.getX(), point.getY());
    fingers.handle(point.getId(), point.getState(), (int) at.getX(), (int) at.getY());
    event.consume();
  }

  private void mouse(MouseEvent event) {
    Point2D at = screen.toScreen(event.getX(), event.getY());
    mouse.handle(event, (int) at.getX(), (int) at.getY());
    event.consume();
  }

  private void showBarAtEdge(MouseEvent event) {
    if (fullScreen) {
      boolean atEdge = event.getY() < EDGE;
      boolean away = event.getY() > bar.getHeight();
      bar.setVisible(atEdge || bar.isVisible() && !away);
    }
  }

  ScreenPane screen() {
    return screen;
  }

  ViewerBar bar() {
    return bar;
  }

  /** Shows the delay of the last PING. */
  void setDelay(long nanos) {
    bar.setDelay(nanos);
    statistics.setDelay(nanos);
  }

  void toggleStatistics() {
    statistics.toggle();
  }

  /** All keys are the session's, but the one that ends this; and the other way round. */
  void toggleGrab() {
    viewerKeys.setGrabbed(!viewerKeys.isGrabbed());
    bar.setGrabbed(viewerKeys.isGrabbed());
    banner.note(
        viewerKeys.isGrabbed()
            ? "All keys go to the desktop. Ctrl+Alt+Shift+K releases the keyboard."
            : "F11 and Ctrl+Alt+Shift+I are the viewer's again.");
  }

  void show(ConnectionStatus status) {
    bar.setHealth(status.health());
    if (status.over()) {
      banner.hide();
      releaseAll();
      endCard.show(status.words());
    } else if (status.words().isEmpty()) {
      banner.hide();
    } else {
      banner.show(status.words());
    }
  }

  /** Says something until the state changes. */
  void tell(String words) {
    banner.show(words);
  }

  /** The focus is lost: no key or button stays pressed. */
  void releaseAll() {
    composed.hide();
    keyboard.releaseAll();
    mouse.releaseAll();
    fingers.releaseAll();
  }

  /**
   * In full screen the bar lies over the desktop and comes when the pointer is at the upper edge.
   */
  void setFullScreen(boolean on) {
    if (on == fullScreen) {
      return;
    }
    fullScreen = on;
    bar.setFullScreen(on);
    if (on) {
      setTop(null);
      layers.getChildren().add(bar);
    } else {
      layers.getChildren().remove(bar);
      setTop(bar);
    }
    bar.setVisible(!on);
  }
}
