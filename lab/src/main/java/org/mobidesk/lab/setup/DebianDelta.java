package org.mobidesk.lab.setup;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.process.CommandFailed;

/**
 * What more packages add to a Debian that is there: the upper directory of an overlay over it, kept
 * in the cache. Removed files are in it as the overlay file system marks them.
 *
 * @param name what it is for: the beginning of the directory's name
 * @param below the directories that it lies over, the topmost first
 * @param packages to install
 * @param setup scripts that are run inside at the end, in order
 */
record DebianDelta(String name, List<Path> below, List<String> packages, List<Path> setup) {
  /** Changes when this class makes them differently. */
  private static final String FORMAT = "1";

  /**
   * Run in a mount namespace of its own. Arguments: the scratch directory, the lower directories,
   * the configuration of apt with ROOT where the tree is, then the set-up scripts. Packages on
   * standard input. What overlay remembers of the lower files is taken away: it means nothing where
   * the layers are mounted later, and would be another in each build.
   */
  private static final String BUILD =
      """
      set -eu
      scratch=$1 lower=$2 conf=$3; shift 3
      root=$scratch/root
      mkdir "$scratch/upper" "$scratch/work" "$root"
      chmod 0755 "$scratch/upper"
      mount -t overlay overlay -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work,index=off,nfs_export=off,redirect_dir=off,metacopy=off,xino=off" "$root"
      mount -t proc proc "$root/proc"
      mount -t tmpfs tmpfs "$root/run"
      mount --rbind /dev "$root/dev"
      printf '#!/bin/sh\\nexit 101\\n' >"$root/usr/sbin/policy-rc.d"
      chmod 0755 "$root/usr/sbin/policy-rc.d"
      sed "s|ROOT|$root|g" "$conf" >"$scratch/apt.conf"
      export APT_CONFIG=$scratch/apt.conf DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true LC_ALL=C
      packages=$(cat)
      mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial"
      if [ -n "$packages" ]; then
        echo 'I: reading the package lists...' >&2
        apt-get -qq update >&2
        echo 'I: installing...' >&2
        apt-get -qq -y install $packages >&2
      fi
      for script; do chroot "$root" /bin/sh -eu <"$script" >&2; done
      rm -f "$root/usr/sbin/policy-rc.d"
      rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/* "$root"/tmp/* "$root"/var/cache/ldconfig
      umount -R "$root/dev" && umount "$root/run" "$root/proc" "$root"
      for name in origin impure nlink uuid; do
        find "$scratch/upper" -exec setfattr -h -x trusted.overlay.$name {} + 2>/dev/null || true
      done
      """;

  Path path(Path cache) {
    return cache.resolve(name + "-" + hash());
  }

  private String hash() {
    Digest d =
        new Digest()
            .text("format", FORMAT)
            .text("below", below.stream().map(p -> p.getFileName().toString()).toList().toString())
            .text("packages", String.join(" ", packages));
    setup.forEach(s -> d.file(s.getFileName().toString(), s));
    return d.hex().substring(0, Digest.SHORT);
  }

  /** Makes it unless it is there; it appears under its name only when it is complete. */
  Path make(Path cache, Progress progress) {
    Path done = path(cache);
    return CacheLock.holding(
        cache,
        done.getFileName().toString(),
        () -> {
          if (!Files.isDirectory(done)) {
            progress.say("installing " + packages.size() + " packages for " + done);
            build(cache, done, progress);
          }
          return done;
        });
  }

  private void build(Path cache, Path done, Progress progress) {
    Path part = cache.resolve(done.getFileName() + ".part");
    try {
      // Left by a maker that was killed.
      Command.of("rm", "-rf", "--one-file-system", part.toString()).run();
      Files.createDirectories(part);
      Path conf = Files.writeString(part.resolve("apt.template"), aptConf(Mirror.ofThisMachine()));
      List<String> words =
          new ArrayList<>(
              List.of(
                  "env",
                  "SOURCE_DATE_EPOCH=" + DebianTree.SOURCE_DATE,
                  "unshare",
                  "--mount",
                  "sh",
                  "-c",
                  BUILD,
                  "build",
                  part.toString(),
                  below.stream().map(Path::toString).collect(Collectors.joining(":")),
                  conf.toString()));
      setup.forEach(s -> words.add(s.toString()));
      Command.of(words)
          .input(String.join(" ", packages))
          .errorLines(line -> DebianTree.report(line, progress))
          .within(DebianTree.LONGEST)
          .run();
      Files.move(part.resolve("upper"), done, StandardCopyOption.ATOMIC_MOVE);
      Command.of("rm", "-rf", "--one-file-system", part.toString()).run();
    } catch (CommandFailed e) {
      throw DebianTree.failed(name, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + done, e);
    }
  }

  /** apt of this machine works on the tree and runs its dpkg inside of it, as mmdebstrap does. */
  private static String aptConf(Mirror mirror) {
    return Stream.concat(
            Stream.of(
                "Dir \"ROOT/\";",
                "Dir::Etc::Trusted \"/etc/apt/trusted.gpg\";",
                "Dir::Etc::TrustedParts \"/etc/apt/trusted.gpg.d/\";",
                "DPkg::Chroot-Directory \"ROOT\";",
                "APT::Sandbox::User \"root\";",
                "Acquire::Languages \"none\";"),
            mirror.aptOptions().stream())
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
