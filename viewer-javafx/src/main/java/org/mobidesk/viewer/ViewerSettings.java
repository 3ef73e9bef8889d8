package org.mobidesk.viewer;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Properties;

/** What the viewer remembers: the last server and user name. Never a password. */
final class ViewerSettings {
  private static final String SERVER = "server";
  private static final String USER = "user";

  private final Path directory;

  ViewerSettings(Path directory) {
    this.directory = directory;
  }

  /** Where settings are by default: the user's configuration directory (XDG base directories). */
  static Path defaultDirectory() {
    String configured = System.getenv("XDG_CONFIG_HOME");
    Path base =
        configured == null || configured.isBlank()
            ? Path.of(System.getProperty("user.home"), ".config")
            : Path.of(configured);
    return base.resolve("mobidesk");
  }

  Path knownServers() {
    return directory.resolve("known-servers");
  }

  /** What was remembered; nothing when there is nothing yet. */
  Remembered load() throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file())) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      return new Remembered("", "");
    } catch (IllegalArgumentException e) {
      throw new IOException(file() + " is no properties file: " + e.getMessage(), e);
    }
    return new Remembered(properties.getProperty(SERVER, ""), properties.getProperty(USER, ""));
  }

  void store(Remembered remembered) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(SERVER, remembered.server());
    properties.setProperty(USER, remembered.user());
    Files.createDirectories(directory);
    try (Writer out = Files.newBufferedWriter(file())) {
      properties.store(out, "MobiDesk viewer: last login");
    }
  }

  private Path file() {
    return directory.resolve("viewer.properties");
  }

  /** The last login. */
  record Remembered(String server, String user) {}
}
