package org.mobidesk.domain.model.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.StepOutcome;
import org.mobidesk.domain.model.workflow.StepResult;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;

class SessionTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void oneWorkflowAtATime() {
    Session busy = running().begin("w1", WorkflowKind.MIGRATE);
    assertEquals(SessionState.MOVING, busy.state());
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> busy.begin("w2", WorkflowKind.CHECKPOINT));
    assertTrue(refused.getMessage().contains("w1"), refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "SUSPENDED, MIGRATE",
    "SUSPENDED, CHECKPOINT",
    "RUNNING, RESTORE",
    "ENDED, DESTROY",
    "LOST, MIGRATE",
    "RUNNING, CREATE"
  })
  void refusesWhatItsStateDoesNotAllow(SessionState state, WorkflowKind kind) {
    Session session = in(state);
    assertThrows(IllegalStateException.class, () -> session.begin("w", kind));
  }

  @ParameterizedTest
  @CsvSource({
    "RUNNING, MIGRATE",
    "RUNNING, CHECKPOINT",
    "SUSPENDED, RESTORE",
    "LOST, DESTROY",
    "SUSPENDED, DESTROY",
    "RUNNING, DESTROY"
  })
  void allowsTheRest(SessionState state, WorkflowKind kind) {
    assertEquals("w", in(state).begin("w", kind).activeWorkflow());
  }

  @Test
  void aFailedMigrationLeavesItRunningWithTheReason() {
    Session busy = running().begin("w", WorkflowKind.MIGRATE);
    Workflow workflow = Workflow.start("w", 1, WorkflowKind.MIGRATE, "i", 1, "s1", "s2", NOW);
    StepExecution reserve = workflow.current().orElseThrow();
    StepResult full = new StepResult.Failed(FailureCode.NO_SPACE, "the disk is full");
    workflow = workflow.on(new StepOutcome("w", reserve.order(), 1, full), NOW);
    StepExecution abort = workflow.current().orElseThrow();
    workflow = workflow.on(new StepOutcome("w", abort.order(), 1, StepResult.done()), NOW);
    Session settled = busy.settled(workflow);
    assertEquals(SessionState.RUNNING, settled.state());
    assertNull(settled.activeWorkflow());
    assertEquals(new SessionLocation("s1", 1), settled.location());
    assertEquals("migrate failed in step reserve at s2: the disk is full", settled.lastFailure());
  }

  @Test
  void newLimitsCountWhenTheHostHasTakenThem() {
    SessionLimits wanted = new SessionLimits(2L << 30, 0, 1500, 500, 20L << 20);
    Session busy = running().wanting(wanted).begin("w", WorkflowKind.LIMIT);
    assertEquals(SessionState.RUNNING, busy.state());
    assertEquals(wanted, busy.effectiveLimits());
    Workflow workflow = Workflow.start("w", 1, WorkflowKind.LIMIT, "i", 1, "s1", "s1", NOW);
    StepExecution limit = workflow.current().orElseThrow();
    Session done =
        busy.settled(workflow.on(new StepOutcome("w", limit.order(), 1, StepResult.done()), NOW));
    assertEquals(wanted, done.limits());
    assertNull(done.wantedLimits());
    StepResult full = new StepResult.Failed(FailureCode.CONFLICT, "it uses more memory");
    Session refused = busy.settled(workflow.on(new StepOutcome("w", limit.order(), 1, full), NOW));
    assertEquals(SessionLimits.DEFAULTS, refused.effectiveLimits());
    assertEquals(SessionState.RUNNING, refused.state());
    assertTrue(refused.lastFailure().contains("it uses more memory"), refused.lastFailure());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 0, 0, 0",
    "0, 1, 0, 0, 0",
    "0, 0, 5, 0, 0",
    "0, 0, 0, 3, 0",
    "0, 0, 0, 0, 4096",
    "-1, 0, 0, 0, 0"
  })
  void refusesLimitsThatNoDesktopCanLiveWith(
      long memory, int shares, int millis, int pids, long diskRate) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SessionLimits(memory, shares, millis, pids, diskRate));
  }

  @Test
  void limitsAreTextsAndBack() {
    SessionLimits limits = new SessionLimits(2L << 30, 512, 1500, 500, 1L << 20);
    assertEquals(limits, SessionLimits.of(limits.wire()));
    assertEquals(SessionLimits.DEFAULTS, SessionLimits.of(null));
    assertEquals(new SessionLimits(2L << 30, 512, 0, 0, 0), SessionLimits.of("2147483648 512 0 0"));
  }

  @Test
  void eachCommitRaisesTheEpoch() {
    SessionLocation begin = running().location();
    assertEquals(new SessionLocation("s1", 3), begin.movedTo("s2").movedTo("s1"));
    assertEquals(new SessionLocation("s2", 3), begin.takenTo("s2"));
  }

  @Test
  void locationsAreTextsAndBack() {
    SessionLocation location = new SessionLocation("server@1", 42);
    assertEquals(location, SessionLocation.parse(location.asText()));
    assertThrows(IllegalArgumentException.class, () -> SessionLocation.parse("server1"));
  }

  @Test
  void cookiesAre256BitsAndDoNotShowThemselves() {
    SecureRandom random = new SecureRandom();
    SessionCookie cookie = SessionCookie.random(random);
    assertEquals(64, cookie.value().length());
    assertNotEquals(cookie.value(), SessionCookie.random(random).value());
    assertEquals(cookie.hash(), SessionCookie.hashOf(cookie.value()));
    assertNotEquals(cookie.value(), cookie.hash());
    assertFalse(cookie.toString().contains(cookie.value()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ada", "_x", "a_b-c", "abcdefghijklmnopqrstuvwxyz_012345"})
  void idsOfAllUsersAreIds(String user) {
    String id = SessionIds.next(user, new SecureRandom());
    assertTrue(id.matches("[a-z0-9-]{1,40}"), id);
    assertNotEquals('-', id.charAt(0));
  }

  @ParameterizedTest
  @CsvSource({"0, 200", "319, 200", "320, 199", "8193, 200", "-1, -1"})
  void sizesThatNoScreenHas(int width, int height) {
    assertThrows(IllegalArgumentException.class, () -> new ScreenSize(width, height));
  }

  @ParameterizedTest
  @CsvSource({"de DE, UTC", "../x, UTC", "'', UTC", "C.UTF-8, /etc/passwd", "C.UTF-8, ''"})
  void settingsThatNameNothing(String locale, String timezone) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SessionSettings(ScreenSize.DEFAULT, locale, timezone, 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, SessionSettings.SMALLEST_DISK - 1, Long.MAX_VALUE})
  void disksOfImpossibleSizes(long bytes) {
    assertThrows(IllegalArgumentException.class, () -> SessionSettings.DEFAULT.withDisk(bytes));
  }

  @Test
  void aDiskKeepsItsNewSize() {
    long bytes = 20L << 30;
    assertEquals(
        bytes, running().withDisk(bytes).begin("w", WorkflowKind.GROW).settings().diskBytes());
  }

  @Test
  void whatIsNotChosenIsTheInstallations() {
    SessionSettings chosen = new SessionSettings(ScreenSize.DEFAULT, "fr_FR.UTF-8", null, 0);
    assertEquals(
        new SessionSettings(ScreenSize.DEFAULT, "fr_FR.UTF-8", "Europe/Paris", 0),
        chosen.orElse("C.UTF-8", "Europe/Paris"));
    assertEquals(chosen, chosen.orElse(null, null));
  }

  private static Session running() {
    return in(SessionState.RUNNING);
  }

  private static Session in(SessionState state) {
    return new Session(
        "i",
        "ada",
        "t-1",
        "10.74.0.16",
        state,
        new SessionLocation("s1", 1),
        NOW,
        SessionSettings.DEFAULT,
        1,
        null,
        null,
        SessionLimits.DEFAULTS,
        null,
        null);
  }
}
