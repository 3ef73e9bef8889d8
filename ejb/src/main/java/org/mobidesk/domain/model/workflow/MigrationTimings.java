package org.mobidesk.domain.model.workflow;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The figures of a workflow that people compare, gathered from what its steps measured. */
public final class MigrationTimings {

  /** Steps report under this name which monotonic clock their times are of. */
  public static final String CLOCK = "clockId";

  private MigrationTimings() {}

  /** By name, in a fixed order; what was not measured is absent. */
  public static Map<String, Long> of(Workflow workflow) {
    Map<String, Long> timings = new LinkedHashMap<>();
    Map<String, Long> copy = workflow.figures(StepName.COPY);
    Map<String, Long> checkpoint = copy.isEmpty() ? workflow.figures(StepName.CHECKPOINT) : copy;
    Map<String, Long> transfer = workflow.figures(StepName.TRANSFER);
    stopped(workflow).ifPresent(us -> timings.put("stoppedUs", us));
    copy(checkpoint, "freezeUs", timings);
    copy(checkpoint, "dumpUs", timings);
    copy(checkpoint, "pagesUs", timings);
    copy(checkpoint, "writeUs", timings);
    copy(transfer, "transferUs", timings);
    copy(workflow.figures(StepName.RESTORE), "prepareUs", timings);
    copy(workflow.figures(StepName.RESTORE), "restoreUs", timings);
    copy(workflow.figures(StepName.RESUME), "resumeUs", timings);
    copy(workflow.figures(StepName.RESUME), "displayUs", timings);
    copy(workflow.figures(StepName.RELEASE), "heldUs", timings);
    copy(workflow.figures(StepName.RELEASE), "heldPackets", timings);
    copy(checkpoint, "imageBytes", timings);
    copy(transfer, "transferBytes", timings);
    Map<String, Long> sync = workflow.figures(StepName.SYNC);
    if (sync.containsKey("memorySentBytes")) {
      copy(sync, "memorySentBytes", timings);
      copy(sync, "memorySentUs", timings);
      copy(sync, "memoryPasses", timings);
    }
    if (sync.containsKey("diskSentBytes")) {
      copy(sync, "diskSentBytes", timings);
      copy(sync, "diskSentUs", timings);
      copy(sync, "diskPasses", timings);
      copy(transfer, "diskRestBytes", timings);
    }
    copy(checkpoint, "processes", timings);
    return timings;
  }

  /**
   * How long the applications stood still. Exact where both hosts have one clock; else from the
   * proxy's times of the answers, to which a message's way is added.
   */
  private static Optional<Long> stopped(Workflow workflow) {
    Map<String, Long> checkpoint = workflow.figures(StepName.CHECKPOINT);
    Map<String, Long> resume = workflow.figures(StepName.RESUME);
    Map<String, Long> copy = workflow.figures(StepName.COPY);
    if (!copy.isEmpty()) {
      return Optional.of(copy.get("dumpUs"));
    }
    if (checkpoint.isEmpty() || resume.isEmpty()) {
      return Optional.empty();
    }
    if (checkpoint.get(CLOCK) != null && checkpoint.get(CLOCK).equals(resume.get(CLOCK))) {
      return Optional.of(resume.get("runningAtUs") - checkpoint.get("stoppedAtUs"));
    }
    Duration between =
        Duration.between(endOf(workflow, StepName.CHECKPOINT), endOf(workflow, StepName.RESUME));
    return Optional.of(
        between.toNanos() / 1000 + checkpoint.get("dumpUs") + checkpoint.get("releaseUs"));
  }

  private static java.time.Instant endOf(Workflow workflow, StepName name) {
    return workflow.steps().stream()
        .filter(s -> s.name() == name && s.state() == StepState.DONE)
        .findFirst()
        .orElseThrow()
        .ended();
  }

  private static void copy(Map<String, Long> from, String name, Map<String, Long> to) {
    if (from.containsKey(name)) {
      to.put(name, from.get(name));
    }
  }
}
