package org.mobidesk.connector;

/**
 * What a session has sent ({@code Out}) and received.
 *
 * @param bytesOut with the IP headers
 * @param bytesIn with the IP headers
 */
public record SessionTraffic(long packetsOut, long bytesOut, long packetsIn, long bytesIn) {}
