package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/**
 * The system account that application servers run as: it may talk to the host daemon, and owns
 * nothing else.
 */
final class Account {
  static final String NAME = "mobidesk";

  private Account() {}

  /** Makes the account unless the machine has it. */
  static void ensure() {
    if (Command.of("id", "-u", NAME).attempt().exit() != 0) {
      Command.of(
              "useradd",
              "--system",
              "--user-group",
              "--no-create-home",
              "--home-dir",
              "/nonexistent",
              "--shell",
              "/usr/sbin/nologin",
              NAME)
          .run();
    }
  }

  /** Writes a file that only the account can read. */
  static void writeSecret(Path file, String content) {
    try {
      SecretFile.write(file, content);
      own(file);
    } catch (IOException e) {
      throw new LabException("cannot give %s to %s".formatted(file, NAME), e);
    }
  }

  static void own(Path path) throws IOException {
    var lookup = path.getFileSystem().getUserPrincipalLookupService();
    Files.setOwner(path, lookup.lookupPrincipalByName(NAME));
  }

  /** Fails when the account cannot read {@code path}: then a directory above it is closed. */
  static void mustReach(Path path) {
    if (Command.of(
                "setpriv",
                "--reuid",
                NAME,
                "--regid",
                NAME,
                "--clear-groups",
                "test",
                "-r",
                path.toString())
            .attempt()
            .exit()
        != 0) {
      throw new LabException(
          "the account "
              + NAME
              + " cannot read "
              + path
              + ": open the directories above it, or set MOBIDESK_CACHE to a place that all can reach");
    }
  }
}
