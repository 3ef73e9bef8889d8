package org.mobidesk.lab.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.mobidesk.lab.LabException;

/**
 * When things arrived that should arrive all the time.
 *
 * @param micros CLOCK_MONOTONIC, rising
 */
record Arrivals(long[] micros) {
  /** Columns of the viewer's frame log (docs/viewer.md): when a frame was handed to the display. */
  private static final int SHOWN = 0;

  static Arrivals ofFrameLog(Path csv) {
    try (var lines = Files.lines(csv)) {
      return new Arrivals(
          lines
              .filter(l -> !l.isEmpty() && Character.isDigit(l.charAt(0)))
              .mapToLong(l -> Long.parseLong(l.split(",")[SHOWN]))
              .sorted()
              .toArray());
    } catch (IOException | NumberFormatException e) {
      throw new LabException("cannot read the frame log " + csv, e);
    }
  }

  /** Of the numbers that came back to the numbered service. */
  static Arrivals ofNumberLog(Path log) {
    try (var lines = Files.lines(log)) {
      return new Arrivals(
          lines
              .map(l -> l.split(" "))
              .filter(w -> w.length == 4 && w[0].equals("back"))
              .mapToLong(w -> Long.parseLong(w[3]))
              .sorted()
              .toArray());
    } catch (IOException | NumberFormatException e) {
      throw new LabException("cannot read the log of the numbered service " + log, e);
    }
  }

  /**
   * The longest time in which nothing arrived, of those that lie in part between two instants.
   *
   * @return microseconds
   */
  long longestGap(long from, long to) {
    int first = Math.max(1, Arrays.stream(micros).filter(t -> t < from).toArray().length);
    long longest = 0;
    for (int i = first; i < micros.length && micros[i - 1] <= to; i++) {
      longest = Math.max(longest, micros[i] - micros[i - 1]);
    }
    return longest;
  }

  long after(long instant) {
    return Arrays.stream(micros).filter(t -> t > instant).count();
  }
}
