package org.mobidesk.domain.model.workflow;

import static org.mobidesk.domain.model.workflow.OnFailure.COMPENSATE;
import static org.mobidesk.domain.model.workflow.OnFailure.GO_ON;
import static org.mobidesk.domain.model.workflow.OnFailure.INSIST;
import static org.mobidesk.domain.model.workflow.OnFailure.INSIST_OR_COMPENSATE;
import static org.mobidesk.domain.model.workflow.OnFailure.OUTWAIT;
import static org.mobidesk.domain.model.workflow.Place.PROXY;
import static org.mobidesk.domain.model.workflow.Place.SOURCE;
import static org.mobidesk.domain.model.workflow.Place.TARGET;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The steps of each kind of workflow, and what undoes each: the whole state machine is this table
 * and the rules of {@link Workflow}.
 *
 * <p>What was begun is undone in reverse. The source must not mount the session's disk while the
 * target may have it, and a target restores as soon as it has the image, which is sent while it is
 * made. So from the {@code CHECKPOINT} of a move on, {@code ABORT} comes first, and is waited for:
 * for the target's answer or, if the target is down, for so long that its command has expired (4
 * s), a restore that had begun is over (twice the longest seen), and the target's host daemon has
 * ended what it held (5 s). One that undoes a {@code RESERVE} only gives back memory, and must not
 * keep the user waiting.
 *
 * <p>The one step after the commit that has a way back is the {@code RESUME} of a move: a target
 * whose session is dead, and dead again when it was restored once more, has said that nothing runs
 * there, and the source has image and disk still. The disk's lease sees to it that the two never
 * run both: the source does not get it while a session that was let run may have it.
 *
 * <p>A copy has nothing to undo: a session that was copied runs on, as the next epoch, whether the
 * answer came or not, and {@code Reconciliation} follows what its server then says. A recovery is
 * committed between the {@code FENCE}, after which what the old server has is worth nothing, and
 * the {@code RESTORE}; what fails later leaves the stored copy, for the next recovery.
 */
public final class StepTable {

  /** A step and what undoes it, in order. */
  public record Row(PlannedStep step, List<PlannedStep> undo) {}

  private static final PlannedStep ABORT = step(StepName.ABORT, TARGET, GO_ON, 20);
  private static final PlannedStep ABORT_RESTORED = step(StepName.ABORT, TARGET, OUTWAIT, 20);
  private static final PlannedStep REINSTATE = step(StepName.REINSTATE, SOURCE, INSIST, 60);
  private static final PlannedStep RETURN = step(StepName.RETURN, PROXY, INSIST, 10);
  private static final PlannedStep REVIVE = step(StepName.REVIVE, SOURCE, INSIST, 60);
  private static final PlannedStep RELEASE_TO_SOURCE = step(StepName.RELEASE, PROXY, INSIST, 5);
  private static final PlannedStep LET_THROUGH = step(StepName.RELEASE, PROXY, GO_ON, 5);
  private static final PlannedStep UNROUTE = step(StepName.FORGET, PROXY, GO_ON, 5);
  private static final PlannedStep REMOVE = step(StepName.DESTROY, TARGET, GO_ON, 30);

  private static final Map<WorkflowKind, List<Row>> TABLE = new EnumMap<>(WorkflowKind.class);

  static {
    TABLE.put(
        WorkflowKind.CREATE,
        List.of(
            row(step(StepName.ROUTE, PROXY, COMPENSATE, 5), UNROUTE),
            row(step(StepName.CREATE, TARGET, COMPENSATE, 50), REMOVE)));
    TABLE.put(
        WorkflowKind.MIGRATE,
        List.of(
            row(step(StepName.RESERVE, TARGET, COMPENSATE, 10), ABORT),
            // Sends the disk, too, where storage is not shared.
            row(step(StepName.SYNC, SOURCE, COMPENSATE, 600)),
            row(step(StepName.HOLD, PROXY, COMPENSATE, 5), RELEASE_TO_SOURCE),
            row(step(StepName.CHECKPOINT, SOURCE, COMPENSATE, 30), ABORT_RESTORED, REINSTATE),
            row(step(StepName.TRANSFER, SOURCE, COMPENSATE, 60)),
            row(step(StepName.RESTORE, TARGET, COMPENSATE, 40), ABORT_RESTORED),
            row(step(StepName.COMMIT, PROXY, COMPENSATE, 10)),
            row(
                step(StepName.RESUME, TARGET, INSIST_OR_COMPENSATE, 30),
                ABORT_RESTORED,
                RETURN,
                REVIVE),
            row(step(StepName.RELEASE, PROXY, INSIST, 5)),
            row(step(StepName.REAP, SOURCE, GO_ON, 20))));
    TABLE.put(WorkflowKind.GROW, List.of(row(step(StepName.GROW, SOURCE, COMPENSATE, 60))));
    TABLE.put(
        WorkflowKind.HIBERNATE,
        List.of(
            row(step(StepName.SYNC, SOURCE, COMPENSATE, 60)),
            row(step(StepName.HOLD, PROXY, COMPENSATE, 5), RELEASE_TO_SOURCE),
            row(step(StepName.CHECKPOINT, SOURCE, COMPENSATE, 30), REINSTATE),
            row(step(StepName.STORE, SOURCE, COMPENSATE, 120)),
            row(step(StepName.FORGET, PROXY, GO_ON, 5)),
            row(step(StepName.REAP, SOURCE, GO_ON, 20))));
    TABLE.put(
        WorkflowKind.CHECKPOINT,
        List.of(
            row(step(StepName.SYNC, SOURCE, COMPENSATE, 60)),
            row(step(StepName.HOLD, PROXY, COMPENSATE, 5), RELEASE_TO_SOURCE),
            row(step(StepName.CHECKPOINT, SOURCE, COMPENSATE, 30), REINSTATE),
            row(step(StepName.STORE, SOURCE, COMPENSATE, 120)),
            row(step(StepName.FORGET, PROXY, GO_ON, 5))));
    TABLE.put(
        WorkflowKind.RESTORE,
        List.of(
            row(step(StepName.RESERVE, TARGET, COMPENSATE, 10), ABORT),
            row(step(StepName.LOAD, TARGET, COMPENSATE, 120)),
            row(step(StepName.RESTORE, TARGET, COMPENSATE, 40), ABORT_RESTORED),
            row(step(StepName.COMMIT, PROXY, COMPENSATE, 10)),
            row(step(StepName.RESUME, TARGET, INSIST, 30)),
            row(step(StepName.RELEASE, PROXY, INSIST, 5)),
            row(step(StepName.REAP, SOURCE, GO_ON, 20))));
    TABLE.put(
        WorkflowKind.COPY,
        List.of(
            row(step(StepName.SYNC, SOURCE, COMPENSATE, 60)),
            row(step(StepName.HOLD, PROXY, COMPENSATE, 5), LET_THROUGH),
            row(step(StepName.COPY, SOURCE, COMPENSATE, 300)),
            row(step(StepName.COMMIT, PROXY, COMPENSATE, 10)),
            row(LET_THROUGH),
            row(step(StepName.STORE, SOURCE, COMPENSATE, 300)),
            row(step(StepName.PRUNE, SOURCE, GO_ON, 30))));
    TABLE.put(
        WorkflowKind.RECOVER,
        List.of(
            row(step(StepName.EVICT, TARGET, COMPENSATE, 30)),
            row(step(StepName.RESERVE, TARGET, COMPENSATE, 10), ABORT),
            row(step(StepName.FENCE, TARGET, INSIST_OR_COMPENSATE, 300)),
            row(step(StepName.COMMIT, PROXY, INSIST, 10)),
            row(step(StepName.LOAD, TARGET, COMPENSATE, 120)),
            row(step(StepName.RESTORE, TARGET, COMPENSATE, 40), ABORT_RESTORED),
            row(step(StepName.RESUME, TARGET, COMPENSATE, 60)),
            row(step(StepName.RELEASE, PROXY, INSIST, 5))));
    TABLE.put(WorkflowKind.LIMIT, List.of(row(step(StepName.LIMIT, SOURCE, COMPENSATE, 15))));
    TABLE.put(
        WorkflowKind.DESTROY,
        List.of(
            row(step(StepName.DESTROY, SOURCE, GO_ON, 30)),
            row(step(StepName.FORGET, PROXY, GO_ON, 5))));
  }

  private StepTable() {}

  /**
   * The rows of a kind, in order.
   *
   * @param moves false when source and target are one server: what came back there is not to be
   *     reaped
   */
  public static List<Row> of(WorkflowKind kind, boolean moves) {
    List<Row> rows = TABLE.get(kind);
    if (moves || kind != WorkflowKind.RESTORE) {
      return rows;
    }
    return rows.stream().filter(r -> r.step().name() != StepName.REAP).toList();
  }

  /** What undoes the first {@code begun} rows, in the order in which to do it. */
  public static List<PlannedStep> undoing(List<Row> rows, int begun) {
    List<PlannedStep> undo = new ArrayList<>();
    for (Row row : rows.subList(0, begun).reversed()) {
      for (PlannedStep step : row.undo()) {
        if (undo.stream().noneMatch(planned -> planned.name() == step.name())) {
          undo.add(step);
        }
      }
    }
    return List.copyOf(undo);
  }

  private static Row row(PlannedStep step, PlannedStep... undo) {
    return new Row(step, List.of(undo));
  }

  private static PlannedStep step(StepName name, Place place, OnFailure onFailure, int seconds) {
    return new PlannedStep(name, place, onFailure, Duration.ofSeconds(seconds));
  }
}
