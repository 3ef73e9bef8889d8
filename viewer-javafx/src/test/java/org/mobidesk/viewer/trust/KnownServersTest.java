package org.mobidesk.viewer.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownServersTest {
  @TempDir Path directory;

  @Test
  void remembersTheLastDecisionForEachServer() throws IOException {
    Path file = directory.resolve("not-there-yet/known-servers");
    KnownServers servers = new KnownServers(file);
    assertEquals(Optional.empty(), servers.fingerprint("host:8443"));
    servers.accept("host:8443", "AA:BB");
    servers.accept("host:84", "CC:DD");
    servers.accept("host:8443", "EE:FF");
    KnownServers again = new KnownServers(file);
    assertEquals(Optional.of("EE:FF"), again.fingerprint("host:8443"));
    assertEquals(Optional.of("CC:DD"), again.fingerprint("host:84"));
    assertEquals(Optional.empty(), again.fingerprint("host"));
  }
}
