package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.mobidesk.lab.LabException;

/** Files with keys and passwords: closed to everybody but their owner before a byte is in them. */
final class SecretFile {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private SecretFile() {}

  /** Writes {@code file} anew, mode 0600. */
  static void write(Path file, String content) {
    try {
      Files.deleteIfExists(file);
      Files.createFile(file, OWNER_ONLY);
      Files.writeString(file, content, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LabException("cannot write " + file, e);
    }
  }
}
