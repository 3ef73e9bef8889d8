package org.mobidesk.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineTest {

  @TempDir Path root;

  private void file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private void machine(String memory) throws IOException {
    file(
        "proc/cpuinfo",
        """
        processor\t: 0
        model name\t: Example CPU @ 2.50GHz
        model name\t: Another CPU
        """);
    file("proc/meminfo", "MemFree:        1000 kB\nMemTotal:       " + memory + "\n");
    file("proc/sys/kernel/osrelease", "6.1.0-35-amd64\n");
    file("etc/os-release", "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n");
  }

  @Test
  void readsWhatExplainsFigures() throws IOException {
    machine("25165824 kB");
    assertEquals(
        new Machine(
            "Example CPU @ 2.50GHz",
            Runtime.getRuntime().availableProcessors(),
            25769803776L,
            "6.1.0-35-amd64",
            "Debian GNU/Linux 12 (bookworm)"),
        Machine.of(root));
  }

  @Test
  void aProcessorWithoutAModelNameIsUnknown() throws IOException {
    machine("1 kB");
    file("proc/cpuinfo", "processor\t: 0\n");
    assertEquals("unknown", Machine.of(root).cpu());
  }

  @Test
  void anUnexpectedUnitOfMemoryIsRefused() throws IOException {
    machine("24 GB");
    var failure = assertThrows(IOException.class, () -> Machine.of(root));
    assertEquals("MemTotal of /proc/meminfo is not in kB but \"24 GB\"", failure.getMessage());
  }

  @Test
  void describesThisMachineWithoutNamingIt() throws IOException {
    Machine here = Machine.here();
    assertEquals(System.getProperty("os.version"), here.kernel());
    assertTrue(here.memoryBytes() > Runtime.getRuntime().totalMemory());
    assertFalse(here.toString().contains(Files.readString(Path.of("/etc/hostname")).strip()));
  }
}
