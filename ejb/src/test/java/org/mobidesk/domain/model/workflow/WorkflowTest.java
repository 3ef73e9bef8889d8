package org.mobidesk.domain.model.workflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionState;

/** The state machine: every step of every kind, failing or not. */
class WorkflowTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Set<String> ALL_UP = Set.of("s1", "s2");

  private Instant now = START;

  @ParameterizedTest(name = "{0} at {1}: {2} -> {4}")
  @DisplayName("A step that fails is undone in reverse, to the state that the session had")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # kind     | failing    | undone by                                              | where        | session then
          CREATE     | route      | forget                                                 | proxy        | ENDED
          CREATE     | create     | destroy forget                                         | s1 proxy     | ENDED
          MIGRATE    | reserve    | abort                                                  | s2           | RUNNING
          MIGRATE    | sync       | abort                                                  | s2           | RUNNING
          MIGRATE    | hold       | release abort                                          | proxy s2     | RUNNING
          MIGRATE    | checkpoint | abort reinstate release                                | s2 s1 proxy  | RUNNING
          MIGRATE    | transfer   | abort reinstate release                                | s2 s1 proxy  | RUNNING
          MIGRATE    | restore    | abort reinstate release                                | s2 s1 proxy  | RUNNING
          MIGRATE    | commit     | abort reinstate release                                | s2 s1 proxy  | RUNNING
          HIBERNATE  | sync       |                                                        |              | RUNNING
          HIBERNATE  | hold       | release                                                | proxy        | RUNNING
          HIBERNATE  | checkpoint | reinstate release                                      | s1 proxy     | RUNNING
          HIBERNATE  | store      | reinstate release                                      | s1 proxy     | RUNNING
          RESTORE    | reserve    | abort                                                  | s2           | SUSPENDED
          RESTORE    | load       | abort                                                  | s2           | SUSPENDED
          RESTORE    | restore    | abort                                                  | s2           | SUSPENDED
          RESTORE    | commit     | abort                                                  | s2           | SUSPENDED
          COPY       | sync       |                                                        |              | RUNNING
          COPY       | hold       | release                                                | proxy        | RUNNING
          COPY       | copy       | release                                                | proxy        | RUNNING
          COPY       | commit     | release                                                | proxy        | RUNNING
          RECOVER    | evict      |                                                        |              | RUNNING
          RECOVER    | reserve    | abort                                                  | s2           | RUNNING
          """)
  void compensates(
      WorkflowKind kind, String failing, String undone, String where, SessionState then) {
    Workflow workflow = runUntil(start(kind), failing);
    workflow = fail(workflow, FailureCode.NO_SPACE);
    StringBuilder names = new StringBuilder();
    StringBuilder places = new StringBuilder();
    while (workflow.current().isPresent()) {
      StepExecution step = workflow.current().get();
      assertTrue(step.undo(), step + " is no undoing");
      names.append(' ').append(step.name().wire());
      places.append(' ').append(step.server() == null ? "proxy" : step.server());
      workflow = succeed(workflow);
    }
    assertEquals(undone == null ? "" : undone, names.toString().strip());
    assertEquals(where == null ? "" : where, places.toString().strip());
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(then, workflow.sessionStateAtEnd());
    assertEquals(failing, workflow.failure().orElseThrow().step().wire());
    assertEquals(FailureCode.NO_SPACE, workflow.failure().get().code());
    assertFalse(workflow.committed());
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          CREATE     | route create                                                                        | RUNNING
          MIGRATE    | reserve sync hold checkpoint transfer restore commit resume release reap            | RUNNING
          HIBERNATE  | sync hold checkpoint store forget reap                                              | SUSPENDED
          RESTORE    | reserve load restore commit resume release reap                                     | RUNNING
          COPY       | sync hold copy commit release store prune                                           | RUNNING
          RECOVER    | evict reserve fence commit load restore resume release                              | RUNNING
          DESTROY    | destroy forget                                                                      | ENDED
          """)
  void doesItsSteps(WorkflowKind kind, String steps, SessionState then) {
    Workflow workflow = start(kind);
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    assertEquals(
        List.of(steps.split(" ")), workflow.steps().stream().map(s -> s.name().wire()).toList());
    assertEquals(WorkflowState.DONE, workflow.state());
    assertEquals(then, workflow.sessionStateAtEnd());
    assertTrue(workflow.failure().isEmpty());
  }

  @Test
  void restoresWithoutAMoveHaveNothingToReap() {
    Workflow workflow = Workflow.start("w", 1, WorkflowKind.RESTORE, "ada-1", 4, "s1", "s1", START);
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    assertEquals(
        List.of("reserve", "load", "restore", "commit", "resume", "release"),
        workflow.steps().stream().map(s -> s.name().wire()).toList());
  }

  @ParameterizedTest
  @CsvSource({"resume", "release"})
  void afterTheCommitInsists(String step) {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), step);
    assertTrue(workflow.committed());
    for (int i = 0; i < 20; i++) {
      workflow = fail(workflow, FailureCode.DISCONNECTED);
      assertEquals(step, workflow.current().orElseThrow().name().wire());
      now = now.plus(Workflow.RESEND);
      int attempt = workflow.current().get().attempt();
      workflow = workflow.onTime(ALL_UP::contains, now);
      assertEquals(attempt + 1, workflow.current().orElseThrow().attempt());
    }
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    assertEquals(WorkflowState.DONE, workflow.state());
  }

  @Test
  void aTargetThatCannotLetItRunGivesItBackToTheSource() {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "resume");
    workflow = fail(workflow, FailureCode.CONFLICT);
    assertEquals(StepName.RESUME, workflow.current().orElseThrow().name());
    workflow = fail(workflow, FailureCode.CONFLICT);
    assertTrue(workflow.committed());
    List<String> undone = new ArrayList<>();
    while (workflow.current().isPresent()) {
      StepExecution step = workflow.current().get();
      undone.add(step.name().wire() + " " + step.server());
      workflow = succeed(workflow);
    }
    assertEquals(
        List.of("abort s2", "return null", "revive s1", "reinstate s1", "release null"), undone);
    assertFalse(workflow.committed());
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
    assertEquals(StepName.RESUME, workflow.failure().orElseThrow().step());
  }

  @Test
  void afterTheCommitATargetThatIsDownIsWaitedFor() {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "resume");
    now = now.plus(Duration.ofHours(1));
    assertSame(workflow, workflow.onTime(s -> !s.equals("s2"), now));
  }

  @Test
  void aSuspendedSessionThatCannotBeLetRunIsLost() {
    Workflow workflow = runUntil(start(WorkflowKind.RESTORE), "resume");
    for (int i = 0; i < Workflow.MOST_REFUSALS; i++) {
      workflow = fail(workflow, FailureCode.CORRUPT);
    }
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.LOST, workflow.sessionStateAtEnd());
    assertTrue(workflow.steps().stream().noneMatch(StepExecution::undo));
  }

  /** Its server has it as the next epoch already; the older copy is still on the storage. */
  @Test
  void aCopyThatCannotBeStoredLeavesTheSessionRunningAsTheNextEpoch() {
    Workflow workflow = runUntil(start(WorkflowKind.COPY), "store");
    assertTrue(workflow.committed());
    assertEquals(new SessionLocation("s1", 4), workflow.to());
    workflow = fail(workflow, FailureCode.NO_SPACE);
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
    assertFalse(workflow.isDone(StepName.STORE));
  }

  @Test
  void aCopyFailsAtOnceWhenItsServerGoesDown() {
    Workflow workflow = runUntil(start(WorkflowKind.COPY), "copy");
    workflow = workflow.onTime(s -> !s.equals("s1"), now);
    workflow = succeed(workflow);
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
  }

  @Test
  void aCopyIsOfItsEpochAndOfTheTimeOfItsDump() {
    Workflow workflow = runUntil(start(WorkflowKind.COPY), "copy");
    Instant begun = workflow.current().orElseThrow().started();
    workflow = workflow.on(answer(workflow, Map.of("dumpUs", 250_000L)), now.plusSeconds(1));
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    assertEquals(new SessionCopy(3, begun, Duration.ofMillis(250)), workflow.stored());
    assertEquals(250_000L, MigrationTimings.of(workflow).get("stoppedUs"));
  }

  @Test
  void aRecoveryDoesNotNeedTheServerThatIsDown() {
    Workflow workflow = start(WorkflowKind.RECOVER);
    while (workflow.current().isPresent()) {
      assertSame(workflow, workflow.onTime(s -> !s.equals("s1"), now));
      workflow = succeed(workflow);
    }
    assertEquals(new SessionLocation("s2", 5), workflow.to());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
  }

  @Test
  void aDiskThatCannotBeTakenAwayStaysWithItsServer() {
    Workflow workflow = runUntil(start(WorkflowKind.RECOVER), "fence");
    workflow = fail(workflow, FailureCode.NOT_FOUND);
    workflow = fail(workflow, FailureCode.NOT_FOUND);
    assertEquals(StepName.ABORT, workflow.current().orElseThrow().name());
    workflow = succeed(workflow);
    assertFalse(workflow.committed());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
  }

  @Test
  void aSilentServerIsGivenUpSoonerWhileApplicationsStandStill() {
    Workflow move = start(WorkflowKind.MIGRATE);
    Duration patient = runUntil(move, "hold").patience();
    Duration hasty = runUntil(move, "checkpoint").patience();
    assertTrue(hasty.compareTo(patient) < 0, hasty + " and " + patient);
    assertEquals(hasty, runUntil(move, "resume").patience());
    assertEquals(patient, runUntil(move, "release").patience());
    assertEquals(patient, start(WorkflowKind.CREATE).patience());
  }

  @Test
  void whetherTheDiskWasTakenAwayIsWaitedFor() {
    Workflow workflow = runUntil(start(WorkflowKind.RECOVER), "fence");
    now = now.plus(Duration.ofHours(1));
    assertSame(workflow, workflow.onTime(s -> false, now));
  }

  @ParameterizedTest
  @CsvSource({"load", "restore", "resume"})
  void onceItsDiskWasTakenAwayASessionThatCannotBeRecoveredIsLost(String step) {
    Workflow workflow = runUntil(start(WorkflowKind.RECOVER), step);
    workflow = workflow.onTime(s -> !s.equals("s2"), now);
    while (workflow.current().isPresent()) {
      assertEquals(StepName.ABORT, workflow.current().get().name());
      workflow = succeed(workflow);
    }
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.LOST, workflow.sessionStateAtEnd());
    assertEquals(FailureCode.SERVER_DOWN, workflow.failure().orElseThrow().code());
  }

  @Test
  void reapThatFailsIsLeftBehind() {
    Workflow workflow = fail(runUntil(start(WorkflowKind.MIGRATE), "reap"), FailureCode.INTERNAL);
    assertEquals(WorkflowState.DONE, workflow.state());
    assertEquals(StepState.FAILED, workflow.steps().getLast().state());
  }

  @ParameterizedTest(name = "{1} goes down in {0}")
  @CsvSource({
    "reserve, s2",
    "sync, s1",
    "sync, s2",
    "checkpoint, s1",
    "checkpoint, s2",
    "transfer, s1",
    "restore, s2"
  })
  void beforeTheCommitAServerThatGoesDownFailsIt(String step, String server) {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), step);
    workflow = workflow.onTime(s -> !s.equals(server), now);
    assertTrue(workflow.compensating());
    assertEquals(FailureCode.SERVER_DOWN, workflow.failure().orElseThrow().code());
    assertTrue(workflow.failure().get().message().contains(server));
  }

  @Test
  void reinstatingWaitsForTheSource() {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "checkpoint");
    workflow = workflow.onTime(s -> !s.equals("s1"), now);
    workflow = succeed(workflow);
    assertEquals(StepName.REINSTATE, workflow.current().orElseThrow().name());
    now = now.plus(Duration.ofHours(1));
    Workflow waiting = workflow.onTime(s -> !s.equals("s1"), now);
    assertSame(workflow, waiting);
    Workflow again = waiting.onTime(ALL_UP::contains, now);
    assertEquals(2, again.current().orElseThrow().attempt());
  }

  @Test
  void abortOfWhatMayBeMountedIsWaitedForBeforeTheSourceComesBack() {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "restore");
    workflow = workflow.onTime(s -> !s.equals("s2"), now);
    assertEquals(StepName.ABORT, workflow.current().orElseThrow().name());
    now = now.plusSeconds(19);
    assertSame(workflow, workflow.onTime(s -> !s.equals("s2"), now));
    Workflow refused = fail(workflow, FailureCode.INTERNAL);
    assertEquals(StepName.ABORT, refused.current().orElseThrow().name());
    now = now.plusSeconds(2);
    Workflow expired = refused.onTime(s -> !s.equals("s2"), now);
    assertEquals(StepName.REINSTATE, expired.current().orElseThrow().name());
  }

  @ParameterizedTest
  @CsvSource({"restore", "commit"})
  void onceTheImageIsAtTheTargetTheSourceIsNotNeeded(String step) {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), step);
    assertSame(workflow, workflow.onTime(s -> !s.equals("s1"), now));
  }

  @Test
  void abortOfAMereReservationDoesNotWait() {
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "sync");
    workflow = workflow.onTime(s -> !s.equals("s2"), now);
    assertEquals(StepName.ABORT, workflow.current().orElseThrow().name());
    workflow = workflow.onTime(s -> !s.equals("s2"), now);
    assertEquals(WorkflowState.FAILED, workflow.state());
    assertEquals(SessionState.RUNNING, workflow.sessionStateAtEnd());
  }

  @Test
  void unansweredStepsAreSentAgainAndThenOverdue() {
    Workflow workflow = start(WorkflowKind.MIGRATE);
    now = now.plus(Workflow.RESEND).minusMillis(1);
    assertSame(workflow, workflow.onTime(ALL_UP::contains, now));
    now = now.plusMillis(1);
    workflow = workflow.onTime(ALL_UP::contains, now);
    assertEquals(2, workflow.current().orElseThrow().attempt());
    now = START.plus(Duration.ofSeconds(11));
    workflow = workflow.onTime(ALL_UP::contains, now);
    assertEquals(FailureCode.OVERDUE, workflow.failure().orElseThrow().code());
  }

  @Test
  void lateDoubledAndForeignAnswersChangeNothing() {
    Workflow first = start(WorkflowKind.MIGRATE);
    StepExecution reserve = first.current().orElseThrow();
    Workflow second = succeed(first);
    assertSame(second, second.on(outcome(reserve, 1, StepResult.done()), now));
    StepResult failed = new StepResult.Failed(FailureCode.INTERNAL, "late");
    assertSame(second, second.on(outcome(reserve, 1, failed), now));
    StepOutcome future = new StepOutcome("w", reserve.order() + 5, 1, StepResult.done());
    assertSame(second, second.on(future, now));
  }

  @Test
  void afterAResendTheFirstAttemptMaySucceedButNotFail() {
    Workflow workflow = start(WorkflowKind.MIGRATE);
    now = now.plus(Workflow.RESEND);
    workflow = workflow.onTime(ALL_UP::contains, now);
    StepExecution step = workflow.current().orElseThrow();
    StepResult failed = new StepResult.Failed(FailureCode.INTERNAL, "of the first attempt");
    assertSame(workflow, workflow.on(outcome(step, 1, failed), now));
    Workflow done = workflow.on(outcome(step, 1, StepResult.done()), now);
    assertEquals(StepName.SYNC, done.current().orElseThrow().name());
  }

  @Test
  void anEndedWorkflowStaysAsItIs() {
    Workflow workflow = start(WorkflowKind.CREATE);
    while (workflow.current().isPresent()) {
      workflow = succeed(workflow);
    }
    StepExecution last = workflow.steps().getLast();
    assertSame(workflow, workflow.on(outcome(last, 1, StepResult.done()), now));
    assertSame(workflow, workflow.onTime(s -> false, now.plusSeconds(1000)));
  }

  @Test
  void ordersGrowOverStepsAndWorkflows() {
    Workflow first = runUntil(start(WorkflowKind.MIGRATE), "restore");
    first = fail(first, FailureCode.CORRUPT);
    while (first.current().isPresent()) {
      first = succeed(first);
    }
    long last = -1;
    for (StepExecution step : first.steps()) {
      assertTrue(step.order() > last);
      last = step.order();
    }
    Workflow second = Workflow.start("x", 2, WorkflowKind.MIGRATE, "ada-1", 3, "s1", "s2", now);
    assertTrue(second.current().orElseThrow().order() > last);
  }

  @Test
  void stoppedTimeIsExactOnOneClockAndEstimatedOtherwise() {
    Map<String, Long> checkpoint =
        Map.of("stoppedAtUs", 1_000L, "dumpUs", 300L, "releaseUs", 50L, "clockId", 7L);
    Workflow workflow = runUntil(start(WorkflowKind.MIGRATE), "checkpoint");
    workflow = workflow.on(answer(workflow, checkpoint), now);
    Instant dumped = now;
    workflow = runUntil(workflow, "resume");
    Workflow same =
        workflow.on(answer(workflow, Map.of("runningAtUs", 1_700L, "clockId", 7L)), now);
    assertEquals(700L, MigrationTimings.of(same).get("stoppedUs"));
    now = dumped.plusMillis(400);
    Workflow other = workflow.on(answer(workflow, Map.of("runningAtUs", 5L, "clockId", 8L)), now);
    assertEquals(400_350L, MigrationTimings.of(other).get("stoppedUs"));
  }

  private Workflow start(WorkflowKind kind) {
    boolean moves =
        switch (kind) {
          case MIGRATE, RESTORE, RECOVER -> true;
          default -> false;
        };
    return Workflow.start("w", 1, kind, "ada-1", 3, "s1", moves ? "s2" : "s1", START);
  }

  private Workflow runUntil(Workflow from, String step) {
    Workflow workflow = from;
    while (!workflow.current().orElseThrow().name().wire().equals(step)) {
      workflow = succeed(workflow);
    }
    return workflow;
  }

  private Workflow succeed(Workflow workflow) {
    now = now.plusMillis(5);
    return workflow.on(answer(workflow, Map.of()), now);
  }

  private Workflow fail(Workflow workflow, FailureCode code) {
    now = now.plusMillis(5);
    StepExecution step = workflow.current().orElseThrow();
    StepResult failed = new StepResult.Failed(code, "it could not be done");
    return workflow.on(outcome(step, step.attempt(), failed), now);
  }

  private static StepOutcome answer(Workflow workflow, Map<String, Long> figures) {
    StepExecution step = workflow.current().orElseThrow();
    return outcome(step, step.attempt(), new StepResult.Succeeded(figures));
  }

  private static StepOutcome outcome(StepExecution step, int attempt, StepResult result) {
    return new StepOutcome("w", step.order(), attempt, result);
  }
}
