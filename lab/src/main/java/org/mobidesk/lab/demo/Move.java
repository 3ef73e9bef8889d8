package org.mobidesk.lab.demo;

import jakarta.json.JsonObject;

/**
 * One migration as it was measured. Microseconds, bytes.
 *
 * @param blackoutUs longest time in which nothing came back to the numbered service
 * @param pauseUs longest time in which the viewer showed no new frame
 * @param resets TCP resets on the way between the session and outside hosts
 */
public record Move(
    String from,
    String to,
    long processes,
    long imageBytes,
    long transferBytes,
    long stoppedUs,
    long freezeUs,
    long dumpUs,
    long transferUs,
    long restoreUs,
    long resumeUs,
    long heldUs,
    long blackoutUs,
    long pauseUs,
    long wholeUs,
    long resets) {

  static Move of(
      String from,
      String to,
      JsonObject workflow,
      long wholeUs,
      long blackoutUs,
      long pauseUs,
      long resets) {
    JsonObject t = workflow.getJsonObject("timings");
    return new Move(
        from,
        to,
        number(t, "processes"),
        number(t, "imageBytes"),
        number(t, "transferBytes"),
        number(t, "stoppedUs"),
        number(t, "freezeUs"),
        number(t, "dumpUs"),
        number(t, "transferUs"),
        number(t, "restoreUs"),
        number(t, "resumeUs"),
        number(t, "heldUs"),
        blackoutUs,
        pauseUs,
        wholeUs,
        resets);
  }

  private static long number(JsonObject timings, String name) {
    return timings.getJsonNumber(name).longValueExact();
  }
}
