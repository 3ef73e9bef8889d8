package org.mobidesk.lab.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.DebianKernel;

/**
 * A virtual machine on another kernel, and maybe on a lesser processor: it sees this machine's
 * files, may write to memory only, and has one disk. Processors are emulated, which works
 * everywhere and is slow.
 *
 * @param directory for what a guest needs; not below {@code /tmp} or {@code /run}, which a guest
 *     has of its own
 */
public record Guest(Path directory, DebianKernel kernel) {
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** Two of them were seen to panic once in 29 starts, emulated. */
  private static final String PROCESSORS = "1";

  private static final String MEMORY_MIB = "1024";

  /**
   * Runs one to its end.
   *
   * @param processor QEMU's model: {@code max}, {@code Nehalem}
   * @param words for the script {@code session}, by name
   * @return what it wrote to its console
   */
  public String run(String processor, Path disk, Map<String, String> words) {
    Path script = resource("session");
    List<String> line =
        new ArrayList<>(List.of("console=ttyS0", "quiet", "panic=-1", "mitigations=off"));
    line.add("script=" + script);
    line.add("kernel=" + kernel.tree());
    words.forEach((name, value) -> line.add(name + "=" + value));
    return Command.of(
            "qemu-system-x86_64",
            "-M",
            "q35",
            "-accel",
            "tcg",
            "-cpu",
            processor,
            "-smp",
            PROCESSORS,
            "-m",
            MEMORY_MIB,
            "-nodefaults",
            "-no-reboot",
            "-display",
            "none",
            "-serial",
            "stdio",
            "-kernel",
            kernel.image().toString(),
            "-initrd",
            initrd().toString(),
            "-append",
            String.join(" ", line),
            "-virtfs",
            "local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap",
            "-drive",
            "file=" + disk + ",if=virtio,format=raw,cache=unsafe")
        .within(LONGEST)
        .run()
        .out();
  }

  private Path initrd() {
    Path made = directory.resolve("initrd-" + kernel.release());
    if (!Files.exists(made)) {
      Command.of(
              "bash",
              resource("make-initrd").toString(),
              kernel.tree().toString(),
              kernel.release(),
              made.toString())
          .run();
    }
    return made;
  }

  private Path resource(String name) {
    Path copy = directory.resolve(name);
    try (InputStream in = Guest.class.getResourceAsStream(name)) {
      if (!Files.exists(copy)) {
        Files.copy(in, copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + copy, e);
    }
    return copy;
  }
}
