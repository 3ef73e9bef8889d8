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
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Keeps one token for each installation, readable by its owner only. */
final class TokenStore {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path file;

  TokenStore(URI installation, String user, Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "/root");
    String state = environment.getOrDefault("XDG_STATE_HOME", home + "/.local/state");
    file = Path.of(state, "mobidesk", "tokens", name(installation + " " + user));
  }

  Optional<String> load() {
    try {
      return Optional.of(Files.readString(file).strip()).filter(token -> !token.isEmpty());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void save(String token) throws IOException {
    Files.createDirectories(file.getParent(), OWNER_DIRECTORY);
    // Made by createTempFile with mode 0600.
    Path fresh = Files.createTempFile(file.getParent(), "token", null);
    Files.writeString(fresh, token + "\n");
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
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
