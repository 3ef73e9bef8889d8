package org.mobidesk.infrastructure.jca;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Tells which monotonic clock this host has: that of one boot of one kernel. */
@ApplicationScoped
class MonotonicClock {

  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  /** Equal on hosts whose monotonic times can be compared. */
  long id() {
    try {
      UUID boot = UUID.fromString(Files.readString(BOOT_ID).strip());
      return boot.getMostSignificantBits() ^ boot.getLeastSignificantBits();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + BOOT_ID, e);
    }
  }
}
