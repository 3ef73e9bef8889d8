package org.mobidesk.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Keeps the token of the last login to each installation, readable by its owner only: the user's
 * name on the first line, the token on the second.
 */
final class TokenStore {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path file;

  TokenStore(URI installation, Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "/root");
    String state = environment.getOrDefault("XDG_STATE_HOME", home + "/.local/state");
    file = Path.of(state, "mobidesk", "tokens", name(installation.toString()));
  }

  /**
   * The token, if there is one.
   *
   * @param user whose it must be; empty: anybody's
   */
  Optional<String> load(Optional<String> user) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      return Optional.empty();
    }
    boolean usable = lines.size() == 2 && user.map(lines.getFirst()::equals).orElse(true);
    return usable ? Optional.of(lines.getLast()) : Optional.empty();
  }

  void save(String user, String token) throws IOException {
    Files.createDirectories(file.getParent(), OWNER_DIRECTORY);
    // Made by createTempFile with mode 0600.
    Path fresh = Files.createTempFile(file.getParent(), "token", null);
    try {
      Files.writeString(fresh, user + "\n" + token + "\n");
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  void forget() throws IOException {
    Files.deleteIfExists(file);
  }

  private static String name(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
