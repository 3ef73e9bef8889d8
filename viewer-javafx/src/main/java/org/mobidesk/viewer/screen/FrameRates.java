package org.mobidesk.viewer.screen;

import java.util.List;

/**
 * What goes through the viewer, counted from one {@link #sample} to the next. To be used in the
 * JavaFX thread only.
 */
public final class FrameRates {
  private long since = System.nanoTime();
  private int frames;
  private long bytes;
  private long decodeNanos;

  FrameRates() {}

  void shown(List<Frame> shown) {
    frames += shown.size();
    for (Frame frame : shown) {
      bytes += frame.bytes();
      decodeNanos += frame.decodeNanos();
    }
  }

  /** The rates since the sample before, or since the start. */
  public Sample sample() {
    long now = System.nanoTime();
    double seconds = Math.max(now - since, 1) / 1e9;
    Sample sample =
        new Sample(frames / seconds, bytes / seconds, frames == 0 ? 0 : decodeNanos / 1e6 / frames);
    since = now;
    frames = 0;
    bytes = 0;
    decodeNanos = 0;
    return sample;
  }

  /**
   * Rates over some time.
   *
   * @param framesPerSecond frames shown
   * @param bytesPerSecond of their messages on the wire
   * @param decodeMillis mean time that carrying out a frame's messages took
   */
  public record Sample(double framesPerSecond, double bytesPerSecond, double decodeMillis) {}
}
