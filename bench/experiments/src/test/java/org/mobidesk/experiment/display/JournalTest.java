package org.mobidesk.experiment.display;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.experiment.display.Scenario.Metric;

class JournalTest {
  private static final String TITLE = "typing, LAN";
  private static final Metric ECHO = new Metric("key to pixel", "ms");

  @TempDir private Path directory;

  @Test
  void aRunGoesOnWithWhatWasMeasuredWithTheSameSettings() {
    new Journal(directory, "5 pairs", false)
        .write(
            TITLE,
            new Journal.Measured(
                Map.of("mobidesk", Map.of(ECHO, new double[] {1.5, 0})),
                Map.of("xpra", "it did not start"),
                90));
    Journal.Measured again = new Journal(directory, "5 pairs", true).read(TITLE).orElseThrow();
    assertArrayEquals(new double[] {1.5, 0}, again.samples().get("mobidesk").get(ECHO));
    assertEquals(Map.of("xpra", "it did not start"), again.failures());
    assertEquals(90, again.lateMicros());
    assertTrue(new Journal(directory, "6 pairs", true).read(TITLE).isEmpty(), "other settings");
    assertTrue(new Journal(directory, "5 pairs", false).read(TITLE).isEmpty(), "begun anew");
  }
}
