package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.process.CommandFailed;

/**
 * A directory with a small Debian, made once and kept in the cache under a name that says what is
 * in it.
 *
 * @param name what it is for: the beginning of the directory's name
 * @param suite of Debian
 * @param packages besides the essential ones
 * @param languages whose translations are not left out
 * @param setup scripts that are run inside at the end, in order
 */
record DebianTree(
    String name, String suite, List<String> packages, List<String> languages, List<Path> setup) {
  /** Changes when this class makes trees differently. */
  private static final String FORMAT = "1";

  /** A slow mirror or a busy machine is no failure. */
  static final Duration LONGEST = Duration.ofHours(1);

  /** What a build takes for the present, so that each gives the same files: a day of 2025. */
  static final long SOURCE_DATE = 1754697600;

  /** Nobody reads these in a session, and they are a third of its size. */
  private static final List<String> LEFT_OUT =
      List.of(
          "/usr/share/doc/*",
          "/usr/share/man/*",
          "/usr/share/info/*",
          "/usr/share/help/*",
          "/usr/share/locale/*",
          "/usr/share/lintian/*");

  /** Where the tree is, or will be. */
  Path path(Path cache) {
    return cache.resolve(name + "-" + hash());
  }

  String hash() {
    Digest d =
        new Digest()
            .text("format", FORMAT)
            .text("suite", suite)
            .text("packages", String.join(" ", packages))
            .text("left out", String.join(" ", LEFT_OUT));
    if (!languages.isEmpty()) {
      d.text("languages", String.join(" ", languages));
    }
    setup.forEach(s -> d.file(s.getFileName().toString(), s));
    return d.hex().substring(0, Digest.SHORT);
  }

  /** Makes the tree unless it is there; it appears under its name only when it is complete. */
  Path make(Path cache, Progress progress) {
    Path done = path(cache);
    return CacheLock.holding(
        cache,
        done.getFileName().toString(),
        () -> {
          if (!Files.isDirectory(done)) {
            progress.say(
                "making the Debian tree "
                    + done
                    + " ("
                    + suite
                    + ", "
                    + packages.size()
                    + " packages)");
            build(cache, done, progress);
          }
          return done;
        });
  }

  private void build(Path cache, Path done, Progress progress) {
    Path part = cache.resolve(done.getFileName() + ".part");
    try {
      Files.createDirectories(cache);
      // Left by a maker that was killed.
      Command.of("rm", "-rf", "--one-file-system", part.toString()).run();
      Command.of(words(Mirror.ofThisMachine(), part))
          .errorLines(line -> report(line, progress))
          .within(LONGEST)
          .run();
      Files.move(part, done, StandardCopyOption.ATOMIC_MOVE);
    } catch (CommandFailed e) {
      throw failed(name, e);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IllegalStateException("both are in " + cache, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + done, e);
    }
  }

  private List<String> words(Mirror mirror, Path to) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "env",
                "SOURCE_DATE_EPOCH=" + SOURCE_DATE,
                "mmdebstrap",
                "--mode=root",
                "--variant=minbase"));
    mirror.aptOptions().forEach(o -> words.add("--aptopt=" + o));
    LEFT_OUT.forEach(p -> words.add("--dpkgopt=path-exclude=" + p));
    languages.forEach(l -> words.add("--dpkgopt=path-include=/usr/share/locale/" + l + "/*"));
    words.add("--include=" + String.join(",", packages));
    setup.forEach(s -> words.add("--customize-hook=chroot \"$1\" /bin/sh -eu < '" + s + "'"));
    words.addAll(List.of(suite, to.toString(), mirror.uri()));
    return words;
  }

  /** What apt has to say, without the program that was run. */
  static LabException failed(String name, CommandFailed e) {
    String said =
        e.getMessage()
            .lines()
            .filter(l -> l.startsWith("E: "))
            .map(l -> "\n  " + l.substring("E: ".length()))
            .collect(Collectors.joining());
    return said.isEmpty()
        ? new LabException("cannot make " + name + ": " + e.getMessage(), e)
        : new LabException(
            "cannot install the packages of "
                + name
                + "; if the recipe names one that its suite has not, correct `packages`:"
                + said,
            e);
  }

  static void report(String line, Progress progress) {
    if (line.startsWith("I: ") && line.endsWith("...")) {
      progress.say("  " + line.substring("I: ".length()));
    }
  }
}
