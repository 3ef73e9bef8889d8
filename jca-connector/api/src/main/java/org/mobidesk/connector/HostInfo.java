package org.mobidesk.connector;

/**
 * The host and its daemon.
 *
 * @param sessions running or held
 * @param imageFreeBytes room for checkpoint images in memory
 * @param storageFreeBytes room for session disks
 * @param uptimeUs of the daemon
 * @param needs what a session that has run here may depend on: the text of a JSON object, for
 *     {@link HostConnection#reserve}
 */
public record HostInfo(
    String daemonVersion,
    String kernel,
    String criuVersion,
    int cpus,
    int sessions,
    long memoryBytes,
    long memoryAvailableBytes,
    long imageFreeBytes,
    long storageFreeBytes,
    long uptimeUs,
    String needs) {}
