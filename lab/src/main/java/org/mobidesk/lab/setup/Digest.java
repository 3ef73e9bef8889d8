package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * SHA-256 over several things, each with its name, so that none can stand for another. Not
 * thread-safe.
 */
final class Digest {
  /** What a short name is made of: 48 bits are enough for the few versions of one template. */
  static final int SHORT = 12;

  private final MessageDigest sha;

  Digest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  Digest text(String name, String value) {
    sha.update((name + "\0" + value.length() + "\0" + value).getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** The content of one file. */
  Digest file(String name, Path file) {
    text(name, "file");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = new byte[1 << 16];
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        sha.update(block, 0, n);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return this;
  }

  /** Every file below {@code directory}, with path, permission to execute and content or target. */
  Digest tree(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> sorted = all.sorted().toList();
      for (Path p : sorted) {
        String name = directory.relativize(p).toString();
        if (Files.isSymbolicLink(p)) {
          text(name, "-> " + Files.readSymbolicLink(p));
        } else if (Files.isRegularFile(p, LinkOption.NOFOLLOW_LINKS)) {
          file(name + (Files.isExecutable(p) ? "*" : ""), p);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory, e);
    }
    return this;
  }

  String hex() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
