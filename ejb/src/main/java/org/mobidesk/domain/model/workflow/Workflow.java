package org.mobidesk.domain.model.workflow;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionState;

/**
 * One change of a session, step by step. Immutable: each transition gives the next value, with the
 * next step already in the journal, so that storing it comes before sending it.
 *
 * @param number counts the workflows of the session, from 1
 * @param epoch of the session at the beginning
 * @param source server that has the session
 * @param target server that is to have it; the source where nothing moves
 * @param compensating whether it is undoing what it did
 * @param steps the journal
 * @param cause why it failed or is being undone, or null
 */
public record Workflow(
    String id,
    int number,
    WorkflowKind kind,
    String session,
    long epoch,
    String source,
    String target,
    WorkflowState state,
    boolean compensating,
    boolean gaveUp,
    List<StepExecution> steps,
    Instant started,
    Instant ended,
    Failure cause) {

  /** A step without an answer is sent again after this: its message may have been lost. */
  public static final Duration RESEND = Duration.ofSeconds(2);

  /** Silence of a server that is waited for while no application stands still. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A step that must succeed is given up after so many failures that do not pass. */
  public static final int MOST_REFUSALS = 5;

  /**
   * A step that has a way back is given up after so many. Not after the first one: an answer may
   * have been lost, and the next attempt finds that it is done.
   */
  private static final int MOST_REFUSALS_WITH_A_WAY_BACK = 2;

  /** More than any workflow has steps, so that {@link StepExecution#order()} grows. */
  private static final int ORDERS_PER_WORKFLOW = 1000;

  public Workflow {
    steps = List.copyOf(steps);
  }

  /** A workflow whose first step is ready to be sent. */
  public static Workflow start(
      String id,
      int number,
      WorkflowKind kind,
      String session,
      long epoch,
      String source,
      String target,
      Instant now) {
    return new Workflow(
            id,
            number,
            kind,
            session,
            epoch,
            source,
            target,
            WorkflowState.RUNNING,
            false,
            false,
            List.of(),
            now,
            null,
            null)
        .issueNext(now);
  }

  /** The step that is under way; empty when the workflow has ended. */
  public Optional<StepExecution> current() {
    return state == WorkflowState.RUNNING ? Optional.of(steps.getLast()) : Optional.empty();
  }

  public Optional<Failure> failure() {
    return Optional.ofNullable(cause);
  }

  /** Whether the session belongs to the target. */
  public boolean committed() {
    return isDone(StepName.COMMIT) && !isDone(StepName.RETURN);
  }

  /** Where the session is before the commit. */
  public SessionLocation from() {
    return new SessionLocation(source, epoch);
  }

  /** Where the commit moves it. */
  public SessionLocation to() {
    return kind == WorkflowKind.RECOVER ? from().takenTo(target) : from().movedTo(target);
  }

  /** Whether a step was done. */
  public boolean isDone(StepName name) {
    return steps.stream().anyMatch(s -> s.name() == name && s.state() == StepState.DONE);
  }

  /** What a step measured; empty when it was not done. */
  public Map<String, Long> figures(StepName name) {
    return steps.stream()
        .filter(s -> s.name() == name && !s.undo() && s.state() == StepState.DONE)
        .findFirst()
        .map(StepExecution::result)
        .orElse(Map.of());
  }

  /** What is on the storage tier once it was stored. */
  public SessionCopy stored() {
    StepExecution dump =
        steps.stream()
            .filter(s -> s.name() == StepName.COPY || s.name() == StepName.CHECKPOINT)
            .findFirst()
            .orElseThrow();
    long stoppedUs = figures(dump.name()).getOrDefault("dumpUs", 0L);
    return new SessionCopy(epoch, dump.started(), Duration.ofNanos(stoppedUs * 1000));
  }

  /** The state that the session is in when this workflow has ended. */
  public SessionState sessionStateAtEnd() {
    return switch (state) {
      case DONE -> kind.whenDone();
      case FAILED -> gaveUp || recoveredInVain() ? SessionState.LOST : kind.whenCompensated();
      case RUNNING -> throw new IllegalStateException("workflow " + id + " has not ended");
    };
  }

  /** It was taken from its old server, and does not run at the new one. */
  private boolean recoveredInVain() {
    return kind == WorkflowKind.RECOVER && committed();
  }

  /**
   * The workflow after an answer. Answers to other steps than the current one, or to attempts that
   * were overtaken, change nothing.
   */
  public Workflow on(StepOutcome outcome, Instant now) {
    StepExecution step = current().orElse(null);
    if (step == null || step.order() != outcome.order()) {
      return this;
    }
    return switch (outcome.result()) {
      case StepResult.Succeeded done ->
          replaceCurrent(step.done(done.figures(), now)).issueNext(now);
      case StepResult.Failed failed ->
          outcome.attempt() < step.attempt() ? this : failed(step, failed, now);
    };
  }

  /**
   * How long a server may be silent before a step is given up: not long while applications stand
   * still; but a busy server that reports late must not fail what costs nobody anything.
   */
  public Duration patience() {
    boolean stopped =
        steps.stream().anyMatch(s -> s.name() == StepName.CHECKPOINT) && !isDone(StepName.RESUME);
    return stopped ? Server.SILENCE : PATIENCE;
  }

  /**
   * The workflow after some time: fails what is overdue or waits for a server that is down, sends
   * again what was not answered.
   *
   * @param reachable whether a server has reported within {@link #patience}
   */
  public Workflow onTime(Predicate<String> reachable, Instant now) {
    StepExecution step = current().orElse(null);
    if (step == null) {
      return this;
    }
    PlannedStep planned = planned(step);
    Optional<String> down = unreachableFor(step, planned, reachable);
    boolean timeIsOver = step.started().plus(planned.timeout()).isBefore(now);
    if (planned.onFailure() == OnFailure.INSIST
        || planned.onFailure() == OnFailure.INSIST_OR_COMPENSATE
        || planned.onFailure() == OnFailure.OUTWAIT && !timeIsOver) {
      return down.isPresent() ? this : resendIfDue(step, now);
    }
    if (down.isPresent()) {
      String message = "server " + down.get() + " does not report any more";
      return failed(step, new StepResult.Failed(FailureCode.SERVER_DOWN, message), now);
    }
    if (timeIsOver) {
      String message = "no answer within " + planned.timeout().toSeconds() + " s";
      return failed(step, new StepResult.Failed(FailureCode.OVERDUE, message), now);
    }
    return resendIfDue(step, now);
  }

  /**
   * A server that keeps this step, or one that is still to come before the commit, from succeeding.
   */
  private Optional<String> unreachableFor(
      StepExecution step, PlannedStep planned, Predicate<String> reachable) {
    Stream<String> needed = Stream.ofNullable(step.server());
    if (planned.onFailure() == OnFailure.COMPENSATE) {
      needed =
          Stream.concat(
              needed,
              plan().stream()
                  .skip(steps.size())
                  .takeWhile(next -> next.onFailure() == OnFailure.COMPENSATE)
                  .map(this::serverOf)
                  .filter(Objects::nonNull));
    }
    return needed.filter(reachable.negate()).findFirst();
  }

  private Workflow resendIfDue(StepExecution step, Instant now) {
    return step.sent().plus(RESEND).isAfter(now) ? this : replaceCurrent(step.sentAgain(now));
  }

  private Workflow failed(StepExecution step, StepResult.Failed failure, Instant now) {
    Failure why = new Failure(step.name(), step.server(), failure.code(), failure.message());
    return switch (planned(step).onFailure()) {
      case GO_ON -> replaceCurrent(step.failed(failure, now)).issueNext(now);
      case COMPENSATE ->
          replaceCurrent(step.failed(failure, now)).because(why).undoing().issueNext(now);
      case OUTWAIT ->
          step.started().plus(planned(step).timeout()).isBefore(now)
              ? replaceCurrent(step.failed(failure, now)).issueNext(now)
              : replaceCurrent(step.refused(failure, now));
      case INSIST_OR_COMPENSATE -> {
        StepExecution refused = step.refused(failure, now);
        yield refused.refusals() < MOST_REFUSALS_WITH_A_WAY_BACK
            ? replaceCurrent(refused)
            : replaceCurrent(step.failed(failure, now)).because(why).undoing().issueNext(now);
      }
      case INSIST -> {
        StepExecution refused = step.refused(failure, now);
        yield refused.refusals() < MOST_REFUSALS
            ? replaceCurrent(refused)
            : replaceCurrent(step.failed(failure, now)).because(why).givenUp(now);
      }
    };
  }

  private Workflow issueNext(Instant now) {
    List<PlannedStep> plan = plan();
    int position = (int) steps.stream().filter(s -> s.undo() == compensating).count();
    if (position == plan.size()) {
      return compensating
          ? end(WorkflowState.FAILED, false, now)
          : end(WorkflowState.DONE, false, now);
    }
    PlannedStep next = plan.get(position);
    long order = (long) number * ORDERS_PER_WORKFLOW + steps.size();
    List<StepExecution> journal = new ArrayList<>(steps);
    journal.add(StepExecution.begun(order, next.name(), serverOf(next), compensating, now));
    return with(journal);
  }

  /** The steps of the direction that it is going. */
  private List<PlannedStep> plan() {
    List<StepTable.Row> rows = StepTable.of(kind, !source.equals(target));
    if (!compensating) {
      return rows.stream().map(StepTable.Row::step).toList();
    }
    return StepTable.undoing(rows, (int) steps.stream().filter(s -> !s.undo()).count());
  }

  private PlannedStep planned(StepExecution step) {
    int position = (int) steps.stream().filter(s -> s.undo() == step.undo()).count() - 1;
    return plan().get(position);
  }

  private String serverOf(PlannedStep step) {
    return switch (step.place()) {
      case SOURCE -> source;
      case TARGET -> target;
      case PROXY -> null;
    };
  }

  private Workflow replaceCurrent(StepExecution step) {
    List<StepExecution> journal = new ArrayList<>(steps);
    journal.set(journal.size() - 1, step);
    return with(journal);
  }

  private Workflow with(List<StepExecution> journal) {
    return new Workflow(
        id,
        number,
        kind,
        session,
        epoch,
        source,
        target,
        state,
        compensating,
        gaveUp,
        journal,
        started,
        ended,
        cause);
  }

  /** The first failure is the one that people ask about. */
  private Workflow because(Failure failure) {
    return new Workflow(
        id,
        number,
        kind,
        session,
        epoch,
        source,
        target,
        state,
        compensating,
        gaveUp,
        steps,
        started,
        ended,
        cause == null ? failure : cause);
  }

  private Workflow undoing() {
    return new Workflow(
        id, number, kind, session, epoch, source, target, state, true, gaveUp, steps, started,
        ended, cause);
  }

  private Workflow givenUp(Instant now) {
    return end(WorkflowState.FAILED, true, now);
  }

  private Workflow end(WorkflowState endState, boolean givenUp, Instant now) {
    return new Workflow(
        id,
        number,
        kind,
        session,
        epoch,
        source,
        target,
        endState,
        compensating,
        givenUp,
        steps,
        started,
        now,
        cause);
  }
}
