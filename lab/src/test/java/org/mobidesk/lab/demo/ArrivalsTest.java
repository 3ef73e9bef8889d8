package org.mobidesk.lab.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrivalsTest {
  private static final Arrivals EVERY_TEN_BUT_ONE_GAP =
      new Arrivals(new long[] {0, 10, 20, 90, 100});

  @Test
  void aGapCountsWhenAnyPartOfItIsInTheInterval() {
    assertEquals(70, EVERY_TEN_BUT_ONE_GAP.longestGap(15, 25), "begins inside");
    assertEquals(70, EVERY_TEN_BUT_ONE_GAP.longestGap(85, 95), "ends inside");
    assertEquals(70, EVERY_TEN_BUT_ONE_GAP.longestGap(40, 50), "spans the interval");
    assertEquals(10, EVERY_TEN_BUT_ONE_GAP.longestGap(0, 9), "is later");
  }

  @Test
  void nothingArrivedIsNoGap() {
    assertEquals(0, new Arrivals(new long[0]).longestGap(0, 100));
    assertEquals(1, EVERY_TEN_BUT_ONE_GAP.after(90));
  }

  @Test
  void readsTheViewersLog(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("frames.csv");
    Files.writeString(
        log, "shown_us,wall_us,frame,bytes\n100,5,1,10\n# 150 6 connection opened\n200,7,2,10\n");
    assertArrayEquals(new long[] {100, 200}, Arrivals.ofFrameLog(log).micros());
  }

  @Test
  void readsTheServicesLog(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("numbers.log");
    Files.writeString(
        log, "open 1 50\nback 1 1 100\nback 1 2 105\nend 1 200 closed by the client\n");
    assertArrayEquals(new long[] {100, 105}, Arrivals.ofNumberLog(log).micros());
  }
}
