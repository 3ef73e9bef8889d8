package org.mobidesk.connector;

/**
 * What the proxy's gateway kept while a session moved.
 *
 * @param heldUs how long packets were held
 * @param packets held and replayed
 * @param bytes of these packets
 * @param dropped packets beyond the bound of the buffer
 */
public record HoldStats(long heldUs, long packets, long bytes, long dropped) {}
