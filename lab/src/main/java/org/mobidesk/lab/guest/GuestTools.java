package org.mobidesk.lab.guest;

import java.util.List;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;

/** What a machine needs for guests, and nothing else does: so it is installed only for them. */
public final class GuestTools {
  private static final List<String> PACKAGES =
      List.of("qemu-system-x86", "busybox-static", "cpio", "kmod", "xz-utils");

  private GuestTools() {}

  public static void install(Progress progress) {
    if (Command.of("dpkg-query", "-W", "-f=${db:Status-Status}\n").with(PACKAGES).attempt().exit()
        == 0) {
      return;
    }
    progress.say("installing " + String.join(" ", PACKAGES));
    Command.of(
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-qq",
            "-y",
            "--no-install-recommends",
            "install")
        .with(PACKAGES)
        .run();
  }
}
