package org.mobidesk.experiment.display;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StationsTest {
  @Test
  void reasonsNameFilesButNotWhereTheyAre() {
    assertEquals(
        "no film: see no-film.ppm in mobidesk-viewer",
        Stations.withoutPlaces("no film: see no-film.ppm in /tmp/mdbench1/LAN/1/mobidesk-viewer"));
    assertEquals(
        "server did not start: see server.log: IOException: x.conf",
        Stations.withoutPlaces(
            "server did not start: see /tmp/a-b/2/server.log: IOException: /etc/x.conf"));
  }

  @Test
  void otherWordsStay() {
    String said = "screen-watch: wait-pixel 8 8 2468ac 16 90000: pixel 8,8 is 000000, 1/2 of all";
    assertEquals(said, Stations.withoutPlaces(said));
  }
}
