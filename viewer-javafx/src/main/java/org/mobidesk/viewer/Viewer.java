package org.mobidesk.viewer;

import java.io.IOException;
import java.util.Optional;
import javafx.application.Platform;
import javafx.stage.Stage;
import javax.net.ssl.SSLContext;
import org.mobidesk.viewer.connection.Failures;
import org.mobidesk.viewer.connection.Login;
import org.mobidesk.viewer.connection.LoginClient;
import org.mobidesk.viewer.connection.ServerAddress;
import org.mobidesk.viewer.connection.SessionTicket;
import org.mobidesk.viewer.screen.FrameLog;
import org.mobidesk.viewer.script.ScriptServer;
import org.mobidesk.viewer.script.ScriptTarget;
import org.mobidesk.viewer.trust.KnownServers;
import org.mobidesk.viewer.trust.ServerTls;
import org.mobidesk.viewer.trust.ServerTrust;
import org.mobidesk.viewer.trust.UntrustedServerException;
import org.mobidesk.viewer.ui.DesktopWindow;
import org.mobidesk.viewer.ui.LoginWindow;

/**
 * The application: from the login window to the desktop and back. Its state belongs to the JavaFX
 * thread; what waits for the network runs in virtual threads.
 */
final class Viewer implements LoginWindow.Handler, DesktopWindow.Owner, ScriptTarget {
  private final ViewerOptions options;
  private final ViewerSettings settings;
  private final ServerTrust trust;
  private final ViewerSettings.Remembered remembered;
  private final Optional<ServerAddress> server;
  private final Optional<String> password;
  private final Optional<FrameLog> log;
  private final Optional<ScriptServer> script;
  private LoginWindow loginWindow;
  private DesktopWindow desktop;
  private SessionTicket ticket;

  /**
   * Reads and opens everything that the options name, before there is a window.
   *
   * @throws IOException when one of the files cannot be used
   */
  Viewer(ViewerOptions options) throws IOException {
    this.options = options;
    settings = new ViewerSettings(options.config());
    remembered = settings.load();
    server = options.server();
    password = options.password();
    trust =
        options.authority().isPresent()
            ? ServerTrust.ofAuthority(options.authority().get())
            : ServerTrust.ofSystem(new KnownServers(settings.knownServers()));
    log = options.log().isPresent() ? Optional.of(FrameLog.open(options.log().get())) : none();
    script =
        options.script().isPresent()
            ? Optional.of(ScriptServer.open(options.script().get(), this))
            : none();
  }

  private static <T> Optional<T> none() {
    return Optional.empty();
  }

  /** Shows the first window; logs in at once when the options have all that it takes. */
  void open() {
    Platform.setImplicitExit(false);
    loginWindow =
        new LoginWindow(
            server.map(ServerAddress::toString).orElse(remembered.server()),
            options.user().orElse(remembered.user()),
            this);
    loginWindow.show();
    script.ifPresent(ScriptServer::start);
    if (server.isPresent() && options.user().isPresent() && password.isPresent()) {
      logIn(server.get().toString(), options.user().get(), password.get());
    }
  }

  @Override
  public void logIn(String serverText, String user, String secret) {
    ServerAddress address;
    try {
      address = ServerAddress.parse(serverText);
    } catch (IllegalArgumentException e) {
      loginWindow.setFailed(e.getMessage());
      return;
    }
    if (user.isBlank() || secret.isEmpty()) {
      loginWindow.setFailed("A user name and a password are needed.");
      return;
    }
    logIn(
        new Login(
            address,
            user,
            secret,
            options.template(),
            options.size().width(),
            options.size().height()));
  }

  private void logIn(Login login) {
    loginWindow.setBusy("Connecting to %s and preparing your desktop …".formatted(login.server()));
    Thread.ofVirtual()
        .name("login")
        .start(
            () -> {
              try {
                ServerTls tls = trust.tlsFor(login.server().authority());
                try (LoginClient client = new LoginClient(tls)) {
                  SessionTicket got = client.logIn(login);
                  Platform.runLater(() -> loggedIn(login, got, tls.context()));
                }
              } catch (IOException | InterruptedException | RuntimeException e) {
                Platform.runLater(() -> loginFailed(login, e));
              }
            });
  }

  private void loggedIn(Login login, SessionTicket got, SSLContext tls) {
    ticket = got;
    remember(login);
    loginWindow.hide();
    desktop =
        new DesktopWindow(
            got,
            tls,
            options.viewOnly(),
            options.size().width(),
            options.size().height(),
            log,
            this);
    desktop.stage().setFullScreen(options.fullScreen());
  }

  private void remember(Login login) {
    try {
      settings.store(new ViewerSettings.Remembered(login.server().toString(), login.user()));
    } catch (IOException e) {
      // Worth a line, not worth keeping the user from the desktop.
      System.err.println("mobidesk-viewer: cannot remember the login: " + e.getMessage());
    }
  }

  private void loginFailed(Login login, Throwable failure) {
    Optional<UntrustedServerException> untrusted = untrusted(failure);
    if (untrusted.isPresent() && untrusted.get().mayAsk()) {
      var certificate = untrusted.get().certificate();
      loginWindow.askForTrust(
          login.server().toString(),
          certificate,
          () -> {
            try {
              trust.accept(login.server().authority(), certificate);
              logIn(login);
            } catch (IOException e) {
              loginWindow.setFailed("The decision could not be stored: " + e.getMessage());
            }
          },
          () -> loginWindow.setFailed(untrusted.get().getMessage()));
    } else {
      loginWindow.setFailed(Failures.inWords(failure, login.server()));
    }
  }

  private static Optional<UntrustedServerException> untrusted(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UntrustedServerException found) {
        return Optional.of(found);
      }
    }
    return Optional.empty();
  }

  @Override
  public void logInAgain() {
    desktop = null;
    loginWindow.setFailed("");
    loginWindow.show();
  }

  @Override
  public void logOut() {
    SessionTicket leaving = ticket;
    DesktopWindow window = desktop;
    Thread.ofVirtual()
        .name("logout")
        .start(
            () -> {
              ServerTls tls = trust.tlsFor(leaving.server().authority());
              try (LoginClient client = new LoginClient(tls)) {
                client.logOut(leaving);
                // The session's end is told through its display.
              } catch (IOException | InterruptedException e) {
                String words = Failures.inWords(e, leaving.server());
                Platform.runLater(() -> window.tell("Logging out failed. " + words));
              }
            });
  }

  @Override
  public void cancelled() {
    closed();
  }

  @Override
  public void closed() {
    Thread.ofPlatform().name("closing").start(this::close);
  }

  /** Not in the JavaFX thread: the log may still have to be written. */
  private void close() {
    script.ifPresent(ScriptServer::close);
    try {
      if (log.isPresent()) {
        log.get().close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Platform.exit();
  }

  @Override
  public Optional<DesktopWindow> desktop() {
    return Optional.ofNullable(desktop);
  }

  @Override
  public Stage stage() {
    return desktop == null ? loginWindow.stage() : desktop.stage();
  }

  @Override
  public String loginMessage() {
    return loginWindow.message();
  }

  @Override
  public Optional<FrameLog> log() {
    return log;
  }

  @Override
  public void quit() {
    if (desktop != null) {
      desktop.disconnect();
    } else {
      loginWindow.hide();
      closed();
    }
  }
}
