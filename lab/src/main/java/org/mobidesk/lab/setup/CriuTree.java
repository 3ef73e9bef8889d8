package org.mobidesk.lab.setup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
          List.of(),
          List.of());

  private CriuTree() {}

  /** Makes it unless it is there. */
  public static Path make(Checkout checkout, Progress progress) {
    Path tree = TREE.make(checkout.cache(), progress);
    if (!Files.isExecutable(tree.resolve("usr/sbin/criu"))) {
      throw new LabException(tree + " has no criu: remove it, it will be made again");
    }
    publish(tree, checkout.cache().resolve("criu"));
    return tree;
  }

  /** The native build looks for the tree under a name that does not change. */
  private static void publish(Path tree, Path link) {
    Path part = link.resolveSibling("criu." + ProcessHandle.current().pid());
    try {
      if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(tree.getFileName())) {
        return;
      }
      Files.createSymbolicLink(part, tree.getFileName());
      Files.move(part, link, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LabException("cannot make the link " + link, e);
    }
  }
}
