package org.mobidesk.lab.setup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.UUID;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;

/**
 * The images of layers in the cache: {@code NAME-HASH.erofs}, HASH being the beginning of the
 * content's SHA-256. A file {@code inputs/HASH} remembers which image was made of what.
 */
final class LayerStore {
  /** Changes when this class packs differently. */
  private static final String FORMAT = "1";

  private final Path directory;
  private final Progress progress;

  LayerStore(Path directory, Progress progress) {
    this.directory = directory;
    this.progress = progress;
  }

  /** What a description calls an image file. */
  static String nameOf(Path image) {
    String file = image.getFileName().toString();
    return file.substring(0, file.length() - ".erofs".length());
  }

  /**
   * The image of {@code tree}; made unless there is one of the same inputs.
   *
   * @param name the beginning of the image's name
   * @param inputs says what is in the tree
   */
  Path image(String name, String inputs, Path tree) {
    String digest = new Digest().text("format", FORMAT).text(name, inputs).hex();
    return CacheLock.holding(
        directory.getParent(),
        "layer-" + name,
        () -> {
          try {
            Path remembered = directory.resolve("inputs").resolve(digest);
            if (Files.exists(remembered)) {
              Path there = directory.resolve(Files.readString(remembered).strip() + ".erofs");
              if (Files.exists(there)) {
                return used(there);
              }
            }
            Path made = pack(name, digest, tree);
            Files.createDirectories(remembered.getParent());
            Path part = remembered.resolveSibling(digest + ".part");
            Files.writeString(part, nameOf(made) + "\n");
            Files.move(part, remembered, StandardCopyOption.ATOMIC_MOVE);
            return made;
          } catch (IOException e) {
            throw new LabException("cannot make the image of layer " + name, e);
          }
        });
  }

  /** What was not used for long is removed some day ({@link TemplatePruning}). */
  static Path used(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    return file;
  }

  private Path pack(String name, String digest, Path tree) throws IOException {
    progress.say("packing layer " + name);
    Files.createDirectories(directory);
    Path part = directory.resolve(name + ".part");
    // The file system has the same UUID whenever it is made of the same things: sessions refer to
    // files by it.
    UUID uuid = UUID.nameUUIDFromBytes(digest.getBytes(StandardCharsets.US_ASCII));
    Command.of(
            "mkfs.erofs",
            "--quiet",
            "-zlz4",
            "-C16384",
            "-T0",
            "-U",
            uuid.toString(),
            part.toString(),
            tree.toString())
        .run();
    String hash = new Digest().file("image", part).hex().substring(0, Digest.SHORT);
    Path done = directory.resolve(name + "-" + hash + ".erofs");
    Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("r--r--r--"));
    Files.move(part, done, StandardCopyOption.ATOMIC_MOVE);
    progress.say("layer " + nameOf(done) + ": " + (Files.size(done) >> 20) + " MB");
    return done;
  }
}
