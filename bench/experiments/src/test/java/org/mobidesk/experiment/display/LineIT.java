package org.mobidesk.experiment.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.process.Command;

/** Real lines between real network namespaces. */
class LineIT {
  @Test
  void aWanHasItsDelayAndCountsWhatItCarries() {
    try (Line line = Line.make(Line.Kind.WAN)) {
      long before = line.bytesToViewer();
      String said =
          Command.of(line.onViewer("ping", "-c", "3", "-s", "1000", Line.SERVER)).run().out();
      Matcher least = Pattern.compile("= ([0-9.]+)/").matcher(said);
      assertTrue(least.find(), said);
      // Never sooner than the line allows; how late a packet may be depends on the machine.
      assertTrue(Double.parseDouble(least.group(1)) >= 66, said);
      assertTrue(line.bytesToViewer() - before >= 3 * 1000, "three answers have come");
      assertTrue(line.lateness().orElseThrow().most() >= 0);
    }
  }

  @Test
  void aLanIsPlain() {
    try (Line line = Line.make(Line.Kind.LAN)) {
      Command.of(line.onViewer("ping", "-c", "1", Line.SERVER)).run();
      assertEquals(Optional.empty(), line.lateness());
    }
  }
}
