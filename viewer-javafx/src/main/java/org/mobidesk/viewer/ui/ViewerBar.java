package org.mobidesk.viewer.ui;

import javafx.animation.PauseTransition;
import javafx.css.PseudoClass;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.Menu;
import javafx.scene.control.MenuButton;
import javafx.scene.control.MenuItem;
import javafx.scene.control.SeparatorMenuItem;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Priority;
import javafx.scene.layout.Region;
import javafx.scene.shape.Circle;
import javafx.util.Duration;

/** The line above the desktop: whose it is, how the connection is, full screen, and a menu. */
final class ViewerBar extends HBox {
  private static final PseudoClass RINGING = PseudoClass.getPseudoClass("ringing");

  private final PauseTransition ringing = new PauseTransition(Duration.millis(200));
  private final Circle light = new Circle(4);
  private final Label delay = new Label();
  private final Label grab = new Label("All keys go to the desktop: Ctrl+Alt+Shift+K releases");
  private final Button fullScreen = new Button();

  ViewerBar(String name, Actions actions) {
    Label title = new Label(name);
    title.getStyleClass().add("bar-title");
    delay.getStyleClass().add("bar-delay");
    delay.setId("delay");
    grab.getStyleClass().add("bar-grab");
    grab.setId("grab");
    Region space = new Region();
    HBox.setHgrow(space, Priority.ALWAYS);
    fullScreen.setId("full-screen");
    fullScreen.setOnAction(_ -> actions.toggleFullScreen());
    MenuButton menu = new MenuButton("Session");
    menu.setId("menu");
    Menu send = new Menu("Send keys");
    for (KeyChord chord : KeyChord.values()) {
      send.getItems().add(item(chord.toString(), () -> actions.send(chord)));
    }
    menu.getItems()
        .addAll(
            send,
            item("Keyboard for the desktop only (Ctrl+Alt+Shift+K)", actions::toggleGrab),
            item("Delay and rates (Ctrl+Alt+Shift+I)", actions::toggleStatistics),
            item("Draw everything again", actions::refresh),
            new SeparatorMenuItem(),
            item("Disconnect (the session goes on)", actions::disconnect),
            item("Log out and end the session", actions::logOut));
    getStyleClass().add("bar");
    setAlignment(Pos.CENTER_LEFT);
    setMaxHeight(Region.USE_PREF_SIZE);
    setMinWidth(0); // the desktop decides how wide the window is
    setPrefWidth(0);
    getChildren().addAll(light, title, delay, grab, space, fullScreen, menu);
    // The keyboard belongs to the session.
    for (Node node : new Node[] {fullScreen, menu}) {
      node.setFocusTraversable(false);
    }
    ringing.setOnFinished(_ -> pseudoClassStateChanged(RINGING, false));
    setFullScreen(false);
    setGrabbed(false);
    setHealth(Health.WAITING);
  }

  void setFullScreen(boolean on) {
    fullScreen.setText(on ? "Leave full screen (F11)" : "Full screen (F11)");
  }

  void setGrabbed(boolean on) {
    grab.setVisible(on);
    grab.setManaged(on);
  }

  /** Shows the delay of the last PING. */
  void setDelay(long nanos) {
    delay.setText(nanos < 0 ? "" : "%.0f ms".formatted(nanos / 1e6));
  }

  void setHealth(Health health) {
    light.getStyleClass().setAll("light", health.styleClass);
  }

  /** The session's bell, for the eye: the loudspeaker may be in another room. */
  void ring() {
    pseudoClassStateChanged(RINGING, true);
    ringing.playFromStart();
  }

  private static MenuItem item(String text, Runnable action) {
    MenuItem item = new MenuItem(text);
    item.setOnAction(_ -> action.run());
    return item;
  }

  /** How the connection is, as a colour. */
  enum Health {
    GOOD("light-good"),
    WAITING("light-waiting"),
    LOST("light-lost");

    private final String styleClass;

    Health(String styleClass) {
      this.styleClass = styleClass;
    }
  }

  /** What the bar can do. */
  interface Actions {
    void toggleFullScreen();

    void toggleGrab();

    void toggleStatistics();

    void send(KeyChord chord);

    void refresh();

    void disconnect();

    void logOut();
  }
}
