package org.mobidesk.lab.setup;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;

/** The tree that CRIU runs in: its version is newer than the machine's libraries. */
public final class CriuTree {
  private static final DebianTree TREE =
      new DebianTree(
          "criu",
          "forky",
          List.of("criu", "libcriu-dev", "iproute2", "nftables", "iptables"),
          List.of());

  private CriuTree() {}

  /** Makes it unless it is there. */
  public static Path make(Checkout checkout, Progress progress) {
    Path tree = TREE.make(checkout.cache(), progress);
    if (!Files.isExecutable(tree.resolve("usr/sbin/criu"))) {
      throw new LabException(tree + " has no criu: remove it, it will be made again");
    }
    return tree;
  }
}
