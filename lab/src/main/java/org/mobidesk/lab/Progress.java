package org.mobidesk.lab;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;

/** Tells a person what is being done and since when. One line each; safe from any thread. */
public final class Progress {
  private final PrintStream out;
  private final Instant start = Instant.now();

  public Progress(PrintStream out) {
    this.out = out;
  }

  /** Something that takes a while begins, or goes on. */
  public synchronized void say(String what) {
    out.printf("[%4d s] %s%n", Duration.between(start, Instant.now()).toSeconds(), what);
    out.flush();
  }

  public Duration elapsed() {
    return Duration.between(start, Instant.now());
  }
}
