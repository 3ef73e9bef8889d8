package org.mobidesk.viewer.testing;

import java.util.concurrent.TimeUnit;

/** Ends what a test has started. */
final class Processes {
  private Processes() {}

  /** Asks it to end, makes it end after 10 s, and waits until it has. */
  static void end(Process process) {
    process.destroy();
    process.onExit().completeOnTimeout(null, 10, TimeUnit.SECONDS).join();
    process.destroyForcibly();
    process.onExit().join();
  }
}
