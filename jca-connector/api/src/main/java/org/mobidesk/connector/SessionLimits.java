package org.mobidesk.connector;

/**
 * What a session may use. Zero stands for the daemon's default.
 *
 * @param memoryBytes memory limit
 * @param cpuShares relative share, 1024 is one plain session
 * @param cpuMillis most processor time, in thousandths of a processor; 0: no limit
 * @param pids limit of tasks
 * @param diskRate bytes a second that are read from the session's disk at most, and written
 */
public record SessionLimits(
    long memoryBytes, int cpuShares, int cpuMillis, int pids, long diskRate) {

  /** The daemon's defaults. */
  public static final SessionLimits DEFAULTS = new SessionLimits(0, 0, 0, 0, 0);

  public SessionLimits {
    if (memoryBytes < 0 || cpuShares < 0 || cpuMillis < 0 || pids < 0 || diskRate < 0) {
      throw new IllegalArgumentException("limits must not be negative");
    }
  }
}
