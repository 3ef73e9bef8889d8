package org.mobidesk.viewer.ui;

import javafx.geometry.Pos;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.layout.HBox;
import javafx.scene.layout.Region;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;

/** Covers the desktop when there is nothing more to wait for: why, and what can be done. */
final class EndCard extends StackPane {
  private final Label reason = new Label();
  private final Button logIn = new Button("Log in again");

  EndCard(Runnable onLogIn, Runnable onClose) {
    Label title = new Label("Disconnected");
    title.getStyleClass().add("card-title");
    reason.getStyleClass().add("card-text");
    reason.setId("end-reason");
    reason.setWrapText(true);
    logIn.setId("log-in-again");
    logIn.setDefaultButton(true);
    logIn.setOnAction(_ -> onLogIn.run());
    Button close = new Button("Close");
    close.setCancelButton(true);
    close.setOnAction(_ -> onClose.run());
    HBox buttons = new HBox(close, logIn);
    buttons.getStyleClass().add("card-buttons");
    buttons.setAlignment(Pos.CENTER_RIGHT);
    VBox card = new VBox(title, reason, buttons);
    card.getStyleClass().add("card");
    card.setMaxSize(Region.USE_PREF_SIZE, Region.USE_PREF_SIZE);
    getStyleClass().add("dimmed");
    setId("end-card");
    getChildren().add(card);
    setVisible(false);
    managedProperty().bind(visibleProperty()); // else it would widen a small window
  }

  void show(String words) {
    reason.setText(words);
    setVisible(true);
    logIn.requestFocus();
  }
}
