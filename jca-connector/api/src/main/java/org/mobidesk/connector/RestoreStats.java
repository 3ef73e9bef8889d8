package org.mobidesk.connector;

/**
 * What a restore took.
 *
 * @param prepareUs disk, mounts, network, cgroup
 * @param restoreUs until all processes are whole and held
 * @param resumeUs until they run; 0 before the resume
 * @param displayUs after that, until the display answers
 * @param runningAtUs when they ran again, CLOCK_MONOTONIC of the host; 0 before
 */
public record RestoreStats(
    long prepareUs,
    long restoreUs,
    long resumeUs,
    long displayUs,
    long runningAtUs,
    int processes) {}
