package org.mobidesk.lab.host;

/** A run that lasts as long as a program needs it, and is gone afterwards, also after a Ctrl-C. */
public final class TemporaryRun implements AutoCloseable {
  private static final int LONGEST_PURPOSE = 5;

  /** Names of runs have 12 characters at most. */
  private static final int PROCESS_NUMBERS = 10_000_000;

  private final LabRun run;
  private final Thread onExit;

  private TemporaryRun(LabRun run) {
    this.run = run;
    this.onExit = new Thread(() -> new LabRemoval(run).remove());
  }

  /**
   * A run with a name that no other living program has.
   *
   * @param purpose begins the name: up to 5 of a-z
   */
  public static TemporaryRun begin(String purpose) {
    if (!purpose.matches("[a-z]{1," + LONGEST_PURPOSE + "}")) {
      throw new IllegalArgumentException(purpose);
    }
    LabRun run = new LabRun(purpose + ProcessHandle.current().pid() % PROCESS_NUMBERS);
    new LabRemoval(run).remove(); // of a program that was killed and had the same number
    TemporaryRun temporary = new TemporaryRun(run);
    Runtime.getRuntime().addShutdownHook(temporary.onExit);
    return temporary;
  }

  public LabRun run() {
    return run;
  }

  @Override
  public void close() {
    new LabRemoval(run).remove();
    Runtime.getRuntime().removeShutdownHook(onExit);
  }
}
