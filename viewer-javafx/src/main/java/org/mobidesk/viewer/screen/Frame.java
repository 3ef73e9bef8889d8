package org.mobidesk.viewer.screen;

import java.util.Optional;
import org.mobidesk.protocol.Rectangle;

/**
 * One frame: what came between two FRAME_ENDs. Times are those of System.nanoTime.
 *
 * @param number of its FRAME_END
 * @param sessionTime of its FRAME_END, microseconds
 * @param bytes of its messages on the wire
 * @param rectangles how many of its messages painted
 * @param area the smallest rectangle around all that it painted, or nothing
 * @param begun when its first message came
 * @param received when its FRAME_END came
 * @param decodeNanos how long its messages took to be carried out
 */
public record Frame(
    long number,
    long sessionTime,
    long bytes,
    int rectangles,
    Optional<Rectangle> area,
    long begun,
    long received,
    long decodeNanos) {}
