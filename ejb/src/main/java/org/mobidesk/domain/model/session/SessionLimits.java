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
 * @param diskRate bytes a second that are read from its disk at most, and written; by default what
 *     the server says, which may be no limit
 */
public record SessionLimits(
    long memoryBytes, int cpuShares, int cpuMillis, int pids, long diskRate) {

  /** What each server gives. */
  public static final SessionLimits DEFAULTS = new SessionLimits(0, 0, 0, 0, 0);

  /** Below these a desktop cannot even answer; a host daemon refuses less, too. */
  private static final long LEAST_MEMORY_BYTES = 64L << 20;

  /** With less it takes minutes to start a program. */
  private static final long LEAST_DISK_RATE = 1L << 20;

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
    check("bytes a second of the disk", diskRate, LEAST_DISK_RATE, Long.MAX_VALUE);
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
      OptionalLong memory,
      OptionalLong shares,
      OptionalLong millis,
      OptionalLong processes,
      OptionalLong disk) {
    return new SessionLimits(
        memory.orElse(memoryBytes),
        narrow("cpu shares", shares.orElse(cpuShares)),
        narrow("thousandths of a processor", millis.orElse(cpuMillis)),
        narrow("processes", processes.orElse(pids)),
        disk.orElse(diskRate));
  }

  private static int narrow(String what, long value) {
    check(what, value, 0, Integer.MAX_VALUE);
    return (int) value;
  }

  /** The numbers in their order, as the database and messages have them. */
  public String wire() {
    return memoryBytes + " " + cpuShares + " " + cpuMillis + " " + pids + " " + diskRate;
  }

  /**
   * The inverse of {@link #wire()}, where older versions had no disk rate; the defaults for null.
   */
  public static SessionLimits of(String wire) {
    if (wire == null) {
      return DEFAULTS;
    }
    long[] n = Arrays.stream(wire.split(" ")).mapToLong(Long::parseLong).toArray();
    return new SessionLimits(
        n[0],
        Math.toIntExact(n[1]),
        Math.toIntExact(n[2]),
        Math.toIntExact(n[3]),
        n.length > 4 ? n[4] : 0);
  }
}
