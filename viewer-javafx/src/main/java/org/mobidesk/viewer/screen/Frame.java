package org.mobidesk.viewer.screen;

/**
 * One frame: what came between two FRAME_ENDs.
 *
 * @param number of its FRAME_END
 * @param sessionTime of its FRAME_END, microseconds
 * @param bytes of its messages on the wire
 * @param rectangles how many of its messages painted
 * @param received when its FRAME_END came, as System.nanoTime
 */
public record Frame(long number, long sessionTime, long bytes, int rectangles, long received) {}
