package org.mobidesk.domain.model.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mobidesk.domain.model.server.SessionSighting.HostState;

class PlacementTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void takesTheLeastLoadedForEachProcessor() {
    Server small = server("a", 2, 2, "xfce-1");
    Server large = server("b", 8, 4, "xfce-1");
    assertEquals("b", placed(List.of(small, large)));
  }

  @Test
  void takesTheNewestVersionWhichIsTheLastOfTheList() {
    Server server = server("a", 2, 0, "xfce-f00", "minimal-bad", "xfce-0ff");
    Placement.Place place = Placement.forNew(List.of(server), "xfce", NOW).orElseThrow();
    assertEquals("xfce-0ff", place.template().id());
  }

  @Test
  void passesOverServersThatAreDownInMaintenanceOrWithoutHostDaemon() {
    Server silent =
        new Server(server("a", 2, 0, "xfce-1").report(), NOW.minus(Server.SILENCE), false);
    Server kept = new Server(server("b", 2, 0, "xfce-1").report(), NOW, true);
    ServerReport dead =
        new ServerReport(
            "c",
            "10.73.0.3",
            "no daemon",
            "",
            null,
            2,
            0,
            0,
            0,
            0,
            kept.report().templates(),
            List.of());
    assertEquals(ServerState.DOWN, silent.state(NOW));
    assertEquals(ServerState.MAINTENANCE, kept.state(NOW));
    assertEquals(ServerState.DOWN, new Server(dead, NOW, false).state(NOW));
    assertTrue(
        Placement.forNew(List.of(silent, kept, new Server(dead, NOW, false)), "xfce", NOW)
            .isEmpty());
  }

  @Test
  void passesOverServersWhoseProcessorsAreNotOfTheTemplatesBaseline() {
    Template unfit = new Template("xfce-2", "xfce", "2", "has avx512f beyond x86-64-v3");
    Server newer = server("a", 8, 0, unfit);
    Server older = server("b", 2, 1, new Template("xfce-2", "xfce", "2"));
    assertEquals("b", placed(List.of(newer, older)));
    assertEquals(
        "b", Placement.best(List.of(newer, older), "xfce-2", NOW, s -> true).orElseThrow().name());
    assertTrue(Placement.forNew(List.of(newer), "xfce", NOW).isEmpty());
  }

  @Test
  void keepsAPinnedSessionToItsExactTemplate() {
    Server other = server("a", 2, 0, "xfce-2");
    assertTrue(Placement.best(List.of(other), "xfce-1", NOW, s -> true).isEmpty());
  }

  private static String placed(List<Server> servers) {
    return Placement.forNew(servers, "xfce", NOW).orElseThrow().server().name();
  }

  private static Server server(String name, int cpus, int sessions, String... templates) {
    return server(
        name,
        cpus,
        sessions,
        Stream.of(templates)
            .map(t -> new Template(t, t.split("-")[0], t.split("-")[1]))
            .toArray(Template[]::new));
  }

  @Test
  void knowsWhoHasOtherStorage() {
    Server one = withNeeds("{\"kernel\":\"6.1\",\"storage\":\"0a1b\"}");
    Server same = withNeeds("{\"storage\": \"0a1b\"}");
    Server other = withNeeds("{\"storage\":\"ffff\"}");
    assertEquals("0a1b", one.report().storage().orElseThrow());
    assertTrue(Placement.mayShareStorage(one, same));
    assertFalse(Placement.mayShareStorage(one, other));
    assertTrue(Placement.mayShareStorage(one, withNeeds("{}")));
    assertTrue(Placement.mayShareStorage(withNeeds(null), other));
  }

  private static Server withNeeds(String needs) {
    return new Server(
        new ServerReport(
            "s", "10.73.0.1", null, "6.1", needs, 2, 100, 50, 0, 0, List.of(), List.of()),
        NOW,
        false);
  }

  private static Server server(String name, int cpus, int sessions, Template... templates) {
    SessionSighting one = new SessionSighting("s", HostState.RUNNING, 1, 1, 0, 0, 0);
    return new Server(
        new ServerReport(
            name,
            "10.73.0.1",
            null,
            "6.1",
            "{}",
            cpus,
            100,
            50,
            0,
            0,
            List.of(templates),
            Collections.nCopies(sessions, one)),
        NOW,
        false);
  }
}
