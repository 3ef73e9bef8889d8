package org.mobidesk.domain.model.session;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * What a session may use. Zero stands for what the server gives by default.
 *
 * @param memoryBytes memory
 * @param cpuShares relative share of busy processors, 1024 is one plain session
 * @param cpuMillis most processor time, in thousandths of a processor; by default without limit
 * @param pids processes and threads
 */
public record SessionLimits(long memoryBytes, int cpuShares, int cpuMillis, int pids) {

  /** What each server gives. */
  public static final SessionLimits DEFAULTS = new SessionLimits(0, 0, 0, 0);

  /** Below these a desktop cannot even answer; a host daemon refuses less, too. */
  private static final long LEAST_MEMORY_BYTES = 64L << 20;

  private static final int LEAST_CPU_MILLIS = 10;
  private static final int MOST_CPU_MILLIS = 1_000_000;
  private static final int MOST_CPU_SHARES = 262_144;
  private static final int LEAST_PIDS = 16;
  private static final int MOST_PIDS = 4_194_304;

  /**
   * @throws IllegalArgumentException in words for people
   */
  public SessionLimits {
    check("memory", memoryBytes, LEAST_MEMORY_BYTES, Long.MAX_VALUE);
    check("cpu shares", cpuShares, 2, MOST_CPU_SHARES);
    check("thousandths of a processor", cpuMillis, LEAST_CPU_MILLIS, MOST_CPU_MILLIS);
    check("processes", pids, LEAST_PIDS, MOST_PIDS);
  }

  private static void check(String what, long value, long least, long most) {
    if (value != 0 && (value < least || value > most)) {
      throw new IllegalArgumentException(
          what + " must be 0 (the default) or " + least + " to " + most + ", not " + value);
    }
  }

  /**
   * These, with what is given instead.
   *
   * @throws IllegalArgumentException in words for people
   */
  public SessionLimits with(
      OptionalLong memory, OptionalLong shares, OptionalLong millis, OptionalLong processes) {
    return new SessionLimits(
        memory.orElse(memoryBytes),
        narrow("cpu shares", shares.orElse(cpuShares)),
        narrow("thousandths of a processor", millis.orElse(cpuMillis)),
        narrow("processes", processes.orElse(pids)));
  }

  private static int narrow(String what, long value) {
    check(what, value, 0, Integer.MAX_VALUE);
    return (int) value;
  }

  /** The numbers in their order, as the database and messages have them. */
  public String wire() {
    return memoryBytes + " " + cpuShares + " " + cpuMillis + " " + pids;
  }

  /** The inverse of {@link #wire()}; the defaults for null. */
  public static SessionLimits of(String wire) {
    if (wire == null) {
      return DEFAULTS;
    }
    long[] n = Arrays.stream(wire.split(" ")).mapToLong(Long::parseLong).toArray();
    return new SessionLimits(
        n[0], Math.toIntExact(n[1]), Math.toIntExact(n[2]), Math.toIntExact(n[3]));
  }
}
