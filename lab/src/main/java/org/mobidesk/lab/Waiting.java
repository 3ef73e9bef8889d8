package org.mobidesk.lab;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition that another process brings about. */
public final class Waiting {
  private static final Duration STEP = Duration.ofMillis(50);

  private Waiting() {}

  /**
   * Returns as soon as {@code done} holds; fails with what was waited for when it does not in
   * {@code limit}.
   */
  public static void until(String what, Duration limit, BooleanSupplier done) {
    value(what, limit, () -> done.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  /** Whether somebody listens to a unix socket; its file is there before. */
  public static boolean listens(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      return false;
    }
  }

  /** The first value that {@code source} has. */
  public static <T> T value(String what, Duration limit, Supplier<Optional<T>> source) {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      Optional<T> value = source.get();
      if (value.isPresent()) {
        return value.get();
      }
      if (System.nanoTime() > end) {
        throw new LabException("waited " + limit.toSeconds() + " s for " + what);
      }
      try {
        Thread.sleep(STEP);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("interrupted while waiting for " + what);
      }
    }
  }
}
