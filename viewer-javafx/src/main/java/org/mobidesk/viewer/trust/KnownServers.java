package org.mobidesk.viewer.trust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The certificates that the user has accepted: a file with one line for each server, its address
 * and the fingerprint, as ssh has one. Safe for use by several threads; the last of two viewers
 * that write at the same time wins.
 */
public final class KnownServers {
  private final Path file;

  public KnownServers(Path file) {
    this.file = file;
  }

  /**
   * The fingerprint that was accepted for this server.
   *
   * @param server HOST:PORT
   */
  public synchronized Optional<String> fingerprint(String server) throws IOException {
    return lines()
        .filter(line -> line.startsWith(server + " "))
        .map(line -> line.substring(server.length() + 1).strip())
        .findFirst();
  }

  /** Stores the user's decision in the place of any earlier one. */
  public synchronized void accept(String server, String fingerprint) throws IOException {
    List<String> kept =
        Stream.concat(
                lines().filter(line -> !line.startsWith(server + " ")),
                Stream.of(server + " " + fingerprint))
            .toList();
    Files.createDirectories(file.getParent());
    Files.write(file, kept);
  }

  private Stream<String> lines() throws IOException {
    try {
      return Files.readAllLines(file).stream();
    } catch (NoSuchFileException e) {
      return Stream.empty();
    }
  }
}
