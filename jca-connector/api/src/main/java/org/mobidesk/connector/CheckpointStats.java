package org.mobidesk.connector;

/**
 * What a checkpoint took; phases do not overlap unless said.
 *
 * @param quiesceUs display let go, disk synced; applications still run
 * @param freezeUs stopping all processes
 * @param dumpUs writing the image, processes stopped; includes {@code freezeUs}
 * @param pagesUs of {@code dumpUs}: taking the pages out of the processes
 * @param writeUs of {@code dumpUs}: writing them to the image
 * @param releaseUs ending the dumped processes, unmounting the session disk
 * @param stoppedAtUs when the processes were stopped, CLOCK_MONOTONIC of the host
 */
public record CheckpointStats(
    long quiesceUs,
    long freezeUs,
    long dumpUs,
    long pagesUs,
    long writeUs,
    long releaseUs,
    long stoppedAtUs,
    long imageBytes,
    int processes) {}
