package org.mobidesk.viewer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.mobidesk.viewer.connection.ServerAddress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line. */
@Command(
    name = "mobidesk-viewer",
    mixinStandardHelpOptions = true,
    version = "mobidesk-viewer 0.1.0",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Shows a MobiDesk desktop.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  Ask for server, user and password in a window:",
      "    mobidesk-viewer",
      "  The same, with a server whose certificate the company's own authority has signed:",
      "    mobidesk-viewer --server desk.example.org --user ada --ca /etc/ssl/company-ca.pem",
      "  For a test: log in without a window, be driven through a socket, log each frame:",
      "    mobidesk-viewer --server 198.18.0.1 --user demo --password-file demo.password \\",
      "      --ca ca.pem --size 1280x800 --script viewer.sock --log frames.csv",
      "",
      "The commands of a script are listed by its command 'help' (see also docs/viewer.md).",
      "Exit status: 0 after the viewer was closed, 1 when it could not start, 2 on a wrong option."
    })
final class ViewerOptions implements Callable<Integer> {

  @Option(
      names = "--server",
      paramLabel = "HOST[:PORT]",
      description = "The MobiDesk proxy; the port is 8443 if not given.")
  private String server;

  @Option(names = "--user", paramLabel = "NAME", description = "Who logs in.")
  private String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description =
          "File whose first line is the password. With --server and --user: logs in at once.")
  private Path passwordFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description =
          "Trust only servers whose certificate was signed by this authority (PEM). Without it:"
              + " the system's authorities, and certificates that you accept when asked.")
  private Path authority;

  @Option(
      names = "--template",
      paramLabel = "NAME",
      description = "Kind of desktop if a new one is made; the server's default if not given.")
  private String template;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = WindowSize.Converter.class,
      defaultValue = "1280x800",
      description = "First size of the desktop in pixels (default: ${DEFAULT-VALUE}).")
  private WindowSize size;

  @Option(names = "--full-screen", description = "Begin in full screen; F11 leaves it.")
  private boolean fullScreen;

  @Option(names = "--view-only", description = "Show the desktop, send no keys and no mouse.")
  private boolean viewOnly;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "Write one line for each frame shown: times, bytes, delay (CSV).")
  private Path log;

  @Option(
      names = "--script",
      paramLabel = "PATH",
      description =
          "Take commands (type, click, screenshot ...) from this file, or, if there is no such"
              + " file, through a unix socket made there.")
  private Path script;

  @Option(
      names = "--config",
      paramLabel = "DIR",
      description = "Where the viewer remembers (default: mobidesk in your configuration).")
  private Path config = ViewerSettings.defaultDirectory();

  private final Starter starter;

  ViewerOptions(Starter starter) {
    this.starter = starter;
  }

  @Override
  public Integer call() throws IOException {
    starter.start(this);
    return CommandLine.ExitCode.OK;
  }

  Optional<ServerAddress> server() {
    return Optional.ofNullable(server).map(ServerAddress::parse);
  }

  Optional<String> user() {
    return Optional.ofNullable(user);
  }

  /** The password of --password-file. */
  Optional<String> password() throws IOException {
    if (passwordFile == null) {
      return Optional.empty();
    }
    try (var lines = Files.lines(passwordFile)) {
      return Optional.of(
          lines
              .findFirst()
              .orElseThrow(() -> new IOException("there is no password in " + passwordFile)));
    }
  }

  Optional<Path> authority() {
    return Optional.ofNullable(authority);
  }

  Optional<String> template() {
    return Optional.ofNullable(template);
  }

  WindowSize size() {
    return size;
  }

  boolean fullScreen() {
    return fullScreen;
  }

  boolean viewOnly() {
    return viewOnly;
  }

  Optional<Path> log() {
    return Optional.ofNullable(log);
  }

  Optional<Path> script() {
    return Optional.ofNullable(script);
  }

  Path config() {
    return config;
  }

  /** What the command does with its options. */
  @FunctionalInterface
  interface Starter {
    void start(ViewerOptions options) throws IOException;
  }
}
