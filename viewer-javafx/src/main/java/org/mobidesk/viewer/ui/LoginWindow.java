package org.mobidesk.viewer.ui;

import java.security.cert.X509Certificate;
import javafx.geometry.Pos;
import javafx.scene.Node;
import javafx.scene.Scene;
import javafx.scene.control.Button;
import javafx.scene.control.Label;
import javafx.scene.control.PasswordField;
import javafx.scene.control.ProgressIndicator;
import javafx.scene.control.TextField;
import javafx.scene.layout.HBox;
import javafx.scene.layout.StackPane;
import javafx.scene.layout.VBox;
import javafx.stage.Stage;
import org.mobidesk.viewer.trust.Fingerprint;

/** Asks who wants in, and where; says what went wrong. To be used in the JavaFX thread only. */
public final class LoginWindow {
  private static final double WIDTH = 420;
  private static final double HEIGHT = 520;

  private final Stage stage = new Stage();
  private final TextField server = new TextField();
  private final TextField user = new TextField();
  private final PasswordField password = new PasswordField();
  private final Button logIn = new Button("Log in");
  private final Label message = new Label();
  private final ProgressIndicator busy = new ProgressIndicator();
  private final StackPane pages = new StackPane();
  private final Node form;

  public LoginWindow(String server, String user, Handler handler) {
    this.server.setText(server);
    this.user.setText(user);
    form = form(handler);
    pages.getChildren().add(form);
    pages.getStyleClass().add("login");
    Scene scene = new Scene(pages, WIDTH, HEIGHT);
    scene.getStylesheets().add(Styles.url());
    stage.setScene(scene);
    stage.setTitle("MobiDesk");
    stage.setOnCloseRequest(_ -> handler.cancelled());
  }

  public Stage stage() {
    return stage;
  }

  public void show() {
    stage.show();
    (server.getText().isBlank() ? server : user.getText().isBlank() ? user : password)
        .requestFocus();
  }

  public void hide() {
    stage.hide();
    password.clear();
  }

  /** What the window says, or asks. */
  public String message() {
    return message.getText();
  }

  /** Says that the login is under way; the form waits. */
  public void setBusy(String words) {
    say(words, "note");
    form.setDisable(true);
    busy.setVisible(true);
  }

  /** Says what went wrong; the form is open again. */
  public void setFailed(String words) {
    say(words, "failure");
    form.setDisable(false);
    busy.setVisible(false);
    showPage(form);
    password.requestFocus();
    password.selectAll();
  }

  /** Asks whether the server that showed this certificate is the right one. */
  public void askForTrust(
      String serverName, X509Certificate certificate, Runnable onTrust, Runnable onCancel) {
    String question = "Is this your server?";
    say(question, "note");
    Label title = label(question, "card-title");
    Label text =
        label(
            "%s identifies itself with a certificate that no known authority has signed. Ask your"
                    .formatted(serverName)
                + " administrator for its SHA-256 fingerprint and compare:",
            "card-text");
    Label fingerprint = label(inLines(Fingerprint.of(certificate)), "fingerprint");
    fingerprint.setId("fingerprint");
    Label name = label("Name: " + certificate.getSubjectX500Principal().getName(), "card-detail");
    Button trust = new Button("It is: trust it from now on");
    trust.setId("trust");
    trust.setOnAction(
        _ -> {
          showPage(form);
          onTrust.run();
        });
    Button cancel = new Button("Cancel");
    cancel.setId("cancel");
    cancel.setCancelButton(true);
    cancel.setDefaultButton(true);
    cancel.setOnAction(_ -> onCancel.run());
    HBox buttons = new HBox(cancel, trust);
    buttons.getStyleClass().add("card-buttons");
    buttons.setAlignment(Pos.CENTER_RIGHT);
    VBox page = new VBox(title, text, fingerprint, name, buttons);
    page.getStyleClass().add("page");
    page.setAlignment(Pos.CENTER_LEFT);
    showPage(page);
    cancel.requestFocus();
  }

  private Node form(Handler handler) {
    Label mark = label("MobiDesk", "mark");
    Label motto = label("Your desktop, wherever it runs", "motto");
    server.setId("server");
    server.setPromptText("desk.example.org");
    user.setId("user");
    password.setId("password");
    logIn.setId("log-in");
    logIn.setDefaultButton(true);
    logIn.setMaxWidth(Double.MAX_VALUE);
    logIn.setOnAction(
        _ -> handler.logIn(server.getText(), user.getText().strip(), password.getText()));
    message.setId("message");
    message.setWrapText(true);
    busy.setVisible(false);
    busy.managedProperty().bind(busy.visibleProperty());
    busy.getStyleClass().add("login-busy");
    HBox status = new HBox(busy, message);
    status.getStyleClass().add("login-status");
    VBox page =
        new VBox(
            mark,
            motto,
            field("Server", server),
            field("User name", user),
            field("Password", password),
            logIn,
            status);
    page.getStyleClass().add("page");
    return page;
  }

  private static Node field(String name, TextField input) {
    Label label = label(name, "field-name");
    label.setLabelFor(input);
    VBox field = new VBox(label, input);
    field.getStyleClass().add("field");
    return field;
  }

  private static Label label(String text, String styleClass) {
    Label label = new Label(text);
    label.getStyleClass().add(styleClass);
    label.setWrapText(true);
    return label;
  }

  private void say(String words, String styleClass) {
    message.setText(words);
    message.getStyleClass().setAll("label", styleClass);
  }

  private void showPage(Node page) {
    pages.getChildren().setAll(page);
  }

  /** 32 pairs in four lines: eyes compare them line by line. */
  private static String inLines(String fingerprint) {
    return fingerprint.replaceAll("((?:..:){7}..):", "$1\n");
  }

  /** What the window's owner does. */
  public interface Handler {
    void logIn(String server, String user, String password);

    /** The window was closed. */
    void cancelled();
  }
}
