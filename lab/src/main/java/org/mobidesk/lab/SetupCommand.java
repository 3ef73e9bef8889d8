package org.mobidesk.lab;

import java.util.concurrent.Callable;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.CriuTree;
import picocli.CommandLine.Command;

/** What the native build needs before it can begin. */
@Command(
    name = "setup",
    description = "Makes the tree that CRIU runs in; the native parts are built against it.",
    hidden = true)
final class SetupCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    CriuTree.make(Checkout.find(), new Progress(System.err));
    return 0;
  }
}
