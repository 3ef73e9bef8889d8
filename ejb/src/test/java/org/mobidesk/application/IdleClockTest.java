package org.mobidesk.application;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.SessionSighting.HostState;

class IdleClockTest {

  private static final Duration HOUR = Duration.ofHours(1);

  private final IdleClock clock = new IdleClock();
  private Instant now = Instant.EPOCH;

  @Test
  void aSessionIsIdleWhenNobodyWasAtItForTheWholeTime() {
    assertEquals(List.of(), idle(HostState.RUNNING, 0));
    now = now.plus(HOUR);
    assertEquals(List.of(), idle(HostState.RUNNING, 0));
    now = now.plusMillis(1);
    assertEquals(List.of("s"), idle(HostState.RUNNING, 0));
  }

  @Test
  void aViewerStartsTheTimeAnew() {
    idle(HostState.RUNNING, 0);
    now = now.plus(HOUR).minusSeconds(1);
    idle(HostState.RUNNING, 1);
    now = now.plus(HOUR);
    assertEquals(List.of(), idle(HostState.RUNNING, 0));
    now = now.plus(HOUR).plusMillis(1);
    assertEquals(List.of("s"), idle(HostState.RUNNING, 0));
  }

  @Test
  void whatDoesNotRunIsNotIdle() {
    idle(HostState.RUNNING, 0);
    now = now.plus(HOUR).plusSeconds(1);
    assertEquals(List.of(), idle(HostState.CHECKPOINTED, 0));
  }

  @Test
  void oneThatWasAskedForIsNotNamedAgainAtOnce() {
    idle(HostState.RUNNING, 0);
    now = now.plus(HOUR).plusSeconds(1);
    clock.restart("s");
    assertEquals(List.of(), idle(HostState.RUNNING, 0));
  }

  private List<String> idle(HostState state, int viewers) {
    SessionSighting sighting = new SessionSighting("s", state, 1, 1, viewers, 0, 0);
    return clock.idleFor(
        HOUR,
        new ServerReport(
            "s1", "10.0.0.1", null, "", "{}", 1, 1, 1, 1, 1, List.of(), List.of(sighting)),
        now);
  }
}
