package org.mobidesk.lab.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.CriuTree;
import org.mobidesk.lab.setup.DebianKernel;

/**
 * A session moves between the kernels of Debian 12 and Debian 13, up and down, with the real host
 * daemon on each, and is refused by a processor that lacks what it may use.
 */
@EnabledIfSystemProperty(named = "mobidesk.test.kernels", matches = "true")
class KernelMoveIT {
  private static final Pattern MEMORY =
      Pattern.compile("@ memory sweeps=\\d+ wrong=(\\d+) sweeps=\\d+ wrong=(\\d+)");
  private static final Pattern SENT = Pattern.compile("@ sent (\\d+) \\d+ (\\d+)");
  private static final Pattern DUMPED = Pattern.compile("image=\\d+ processes=(\\d+)");

  /** Of the session, but for children that are caught before they end: these have memory anew. */
  private static final int PROCESSES = 13;

  private static final Pattern STATE = Pattern.compile("@ state (.*)");
  private static final String LESSER = "Nehalem";
  private static final String MODERN = "max";

  private final Checkout checkout = Checkout.find();
  private final Progress progress = new Progress(System.err);
  private final Path directory =
      checkout.root().resolve("lab/target/guests-" + ProcessHandle.current().pid());
  private final Path disk = directory.resolve("storage.ext4");
  private Guest older;
  private Guest newer;

  @BeforeEach
  void prepare() throws IOException {
    GuestTools.install(progress);
    Files.createDirectories(directory);
    older = new Guest(directory, DebianKernel.make(checkout, progress, "bookworm"));
    newer = new Guest(directory, DebianKernel.make(checkout, progress, "trixie"));
    makeTemplate();
    Command.of(
            checkout.built("wildfly-config/make-image-keys").toString(),
            directory.resolve("keys").toString(),
            "test",
            "older",
            "newer")
        .run();
    Command.of("truncate", "-s", "600M", disk.toString()).run();
    Command.of("mkfs.ext4", "-q", "-F", disk.toString()).run();
  }

  @AfterEach
  void remove() {
    Command.of("rm", "-rf", directory.toString()).run();
  }

  @Test
  void movesUpAndDownAgain() {
    Map<String, String> first = alive(stage(older, "older", 0, MODERN), "6.1");
    Map<String, String> second = alive(stage(newer, "newer", 1, MODERN), "6.12");
    expectContinued(first, second);
    Map<String, String> third = alive(stage(older, "older", 2, MODERN), "6.1");
    expectContinued(second, third);
  }

  @Test
  void movesDownFromTheKernelThatItWasStartedOn() {
    Map<String, String> first = alive(stage(newer, "newer", 0, MODERN), "6.12");
    Map<String, String> second = alive(stage(older, "older", 1, MODERN), "6.1");
    expectContinued(first, second);
  }

  @Test
  void isRefusedByAProcessorThatLacksWhatItMayUse() {
    alive(stage(older, "older", 0, MODERN), "6.1");
    String refused = stage(older, "newer", 1, LESSER);
    assertTrue(refused.contains("failed: import") && refused.contains("avx2"), refused);
    alive(stage(older, "newer", 1, MODERN), "6.1");
  }

  private String stage(Guest guest, String node, int epoch, String processor) {
    Map<String, String> words = new HashMap<>();
    words.put("lab", directory.toString());
    words.put("native", checkout.built("native/target/meson").toString());
    words.put("criu", CriuTree.make(checkout, progress).toString());
    words.put("node", node);
    words.put("epoch", Integer.toString(epoch));
    return guest.run(processor, disk, words);
  }

  /** What the session said of itself, by name; it was seen to go on. */
  private static Map<String, String> alive(String console, String kernel) {
    Matcher m = STATE.matcher(console);
    assertTrue(m.find() && console.contains("@ done"), console);
    assertTrue(console.contains("@ runs on " + kernel + "."), console);
    hasItsMemory(console);
    Map<String, String> state = new HashMap<>();
    for (String word : m.group(1).strip().split(" ")) {
      String[] parts = word.split("=", 2);
      state.put(parts[0], parts[1]);
    }
    return state;
  }

  /** No page was another one, and the image is without most of what was sent ahead of it. */
  private static void hasItsMemory(String console) {
    Matcher memory = MEMORY.matcher(console);
    assertTrue(memory.find(), console);
    assertEquals("0", memory.group(1), console);
    assertEquals("0", memory.group(2), console);
    Matcher sent = SENT.matcher(console);
    assertTrue(sent.find(), console);
    Matcher dumped = DUMPED.matcher(console);
    assertTrue(dumped.find(), console);
    int processes = Integer.parseInt(dumped.group(1));
    assertTrue(processes >= PROCESSES, console);
    assertTrue(
        processes > PROCESSES || Long.parseLong(sent.group(2)) < Long.parseLong(sent.group(1)) / 2,
        console);
  }

  private static void expectContinued(Map<String, String> before, Map<String, String> after) {
    for (String same :
        List.of("pid", "child", "memory", "deleted", "linked", "interrupted", "kept")) {
      assertEquals(before.get(same), after.get(same), same);
    }
    for (String grows : List.of("ticks", "monotonic")) {
      assertTrue(
          Long.parseLong(after.get(grows)) > Long.parseLong(before.get(grows)),
          grows + ": " + before + ", then " + after);
    }
  }

  /** As small as a session can be: the programs of the native tests. */
  private void makeTemplate() throws IOException {
    Path built = checkout.built("native/target/meson");
    Path tree = directory.resolve("tree");
    for (String name :
        List.of("etc", "proc", "sys", "run", "dev", "tmp", "var/lib", "home", "root", "usr/bin")) {
      Files.createDirectories(tree.resolve(name));
    }
    // What the program watches.
    Files.createDirectories(tree.resolve("usr/share/both/deep"));
    Files.writeString(tree.resolve("usr/share/both/below"), "below\n");
    Path programs = Files.createDirectories(tree.resolve("usr/lib/mobidesk"));
    Files.copy(built.resolve("init/mobidesk-init"), programs.resolve("init"));
    Files.copy(built.resolve("tests/session-app"), programs.resolve("start"));
    Files.copy(built.resolve("tests/session-app"), tree.resolve("usr/bin/app"));
    Command.of("chmod", "-R", "a+rX", tree.toString()).run();
    Files.writeString(tree.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    Files.writeString(tree.resolve("etc/group"), "root:x:0:\nsudo:x:27:\n");
    Path templates = Files.createDirectories(directory.resolve("templates"));
    Command.of(
            "mkfs.erofs",
            "-zlz4",
            "-T0",
            "-U",
            "00000000-0000-4000-8000-000000000001",
            templates.resolve("tiny-1.erofs").toString(),
            tree.toString())
        .run();
    Files.writeString(
        templates.resolve("tiny-1.json"), "{\"name\": \"tiny\", \"version\": \"1\"}\n");
  }
}
