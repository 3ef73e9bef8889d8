package org.mobidesk.infrastructure.jca;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepCommand.SessionFacts;
import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.CheckpointStats;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostException.Code;
import org.mobidesk.connector.RestoreStats;
import org.mobidesk.connector.SessionInfo;
import org.mobidesk.connector.SessionLimits;
import org.mobidesk.connector.SessionSpec;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.MigrationTimings;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.infrastructure.tier.ImageSender.Cargo;

/** Steps of workflows as calls of the host daemon; each may be done again. */
@ApplicationScoped
class HostSteps {

  /**
   * Room that a target keeps for an image before its size is known: the largest desktops measured.
   */
  private static final long IMAGE_BYTES = 1L << 30;

  @Inject private ImageSender sender;
  @Inject private ImageStreams streams;
  @Inject private DiskStreams disks;
  @Inject private MonotonicClock clock;

  /** Does a step; returns what it measured. */
  Map<String, Long> perform(HostConnection host, StepCommand command)
      throws HostException, StepFailed {
    String id = command.session().id();
    long epoch = command.epoch();
    switch (command.step()) {
      case CREATE -> {
        SessionInfo created = host.createSession(spec(command));
        return Map.of("processes", (long) created.processes());
      }
      case RESERVE -> host.reserve(spec(command), IMAGE_BYTES, command.needs());
      case SYNC -> {
        host.sync(id, epoch);
        if (command.peerAddress() != null) {
          Map<String, Long> sent = new HashMap<>();
          if (command.otherStorage()) {
            sent.putAll(disks.sendAhead(host, command));
          }
          sent.putAll(streams.sendAhead(host, command));
          sender.connectAhead(Cargo.IMAGE, command.peerAddress(), id, epoch);
          return sent;
        }
      }
      case GROW -> {
        return grow(host, command);
      }
      case CHECKPOINT -> {
        return figures(checkpoint(host, command));
      }
      case COPY -> {
        return figures(host.copy(id, epoch, command.nextEpoch()));
      }
      case FENCE -> {
        return Map.of("copiedBytes", host.restoreDisk(id, epoch));
      }
      case EVICT -> evict(host, id, epoch);
      case TRANSFER -> {
        return transfer(host, command);
      }
      case STORE -> {
        return Map.of("storedBytes", host.storeImage(id, epoch));
      }
      case PRUNE -> host.pruneImages(id, epoch);
      case LOAD -> {
        return Map.of("loadedBytes", host.loadImage(id, epoch));
      }
      case RESTORE -> {
        return figures(host.restore(spec(command)));
      }
      case RESUME -> {
        return figures(resume(host, command));
      }
      case REAP -> {
        forgetStreams(command);
        reap(host, id, epoch);
      }
      case LIMIT -> host.limitSession(id, limits(command));
      case DESTROY -> host.destroySession(id, false);
      case ABORT -> host.abort(id, epoch);
      case REINSTATE -> {
        forgetStreams(command);
        runHere(host, command, epoch);
      }
      // One compare-and-set gave it to the target, another one took it back.
      case REVIVE -> runHere(host, command, command.nextEpoch() + 1);
      case ROUTE, HOLD, COMMIT, RETURN, RELEASE, FORGET ->
          throw new StepFailed(
              FailureCode.INVALID, "step " + command.step() + " is done at the proxy", null);
    }
    return Map.of();
  }

  private Map<String, Long> transfer(HostConnection host, StepCommand command)
      throws HostException, StepFailed {
    if (command.peerAddress() == null) {
      throw new StepFailed(FailureCode.UNREACHABLE, "the target's address is not known", null);
    }
    long begin = System.nanoTime();
    long bytes = streams.transfer(host, command);
    long rest = command.otherStorage() ? disks.transfer(host, command) : 0;
    return Map.of(
        "transferUs",
        (System.nanoTime() - begin) / 1000,
        "transferBytes",
        bytes,
        "diskRestBytes",
        rest);
  }

  /** One that moves is sent while it is made. */
  private CheckpointStats checkpoint(HostConnection host, StepCommand command)
      throws HostException {
    if (command.peerAddress() != null) {
      streams.begin(host, command);
      disks.begin(host, command);
    }
    try {
      return host.checkpoint(command.session().id(), command.epoch(), streams.isAhead(command));
    } catch (HostException e) {
      forgetStreams(command);
      throw e;
    }
  }

  private void forgetStreams(StepCommand command) {
    streams.forget(command);
    disks.forget(command);
  }

  /** After the commit: lets it run, restoring again what was lost since. */
  private RestoreStats resume(HostConnection host, StepCommand command) throws HostException {
    long next = command.nextEpoch();
    String id = command.session().id();
    try {
      return host.resume(id, next);
    } catch (HostException e) {
      if (e.code() != Code.NOT_FOUND && e.code() != Code.CONFLICT) {
        throw e;
      }
      host.restore(spec(command));
      return host.resume(id, next);
    }
  }

  /** The session was moved on from here since: there is nothing of that epoch any more. */
  private static void reap(HostConnection host, String id, long epoch) throws HostException {
    try {
      host.reap(id, epoch);
    } catch (HostException e) {
      if (e.code() != Code.STALE_EPOCH) {
        throw e;
      }
    }
  }

  /** What came here since is not meant. A copy whose answer was lost ran on as the next epoch. */
  private static void evict(HostConnection host, String id, long epoch) throws HostException {
    for (SessionInfo here : host.sessions()) {
      if (here.id().equals(id) && here.epoch() > epoch + 1) {
        throw new HostException(
            Code.STALE_EPOCH, 0, "session " + id + " is here since epoch " + here.epoch());
      }
    }
    host.destroySession(id, true);
  }

  /** Whatever became of the checkpoint: the session is to run here, at {@code epoch}. */
  private static void runHere(HostConnection host, StepCommand command, long epoch)
      throws HostException {
    String id = command.session().id();
    switch (host.session(id).state()) {
      case RUNNING -> {
        return;
      }
      case CHECKPOINTED -> {
        host.restore(spec(command));
        host.resume(id, epoch);
      }
      case HELD -> host.resume(id, epoch);
      case RESERVED, EXITED ->
          throw new HostException(
              Code.CONFLICT, 0, "session " + id + " has ended while it was being moved");
    }
  }

  /** A stop that it took must not be its end: whatever was begun, the session runs afterwards. */
  private static Map<String, Long> grow(HostConnection host, StepCommand command)
      throws HostException {
    long bytes = command.session().settings().diskBytes();
    boolean stopped;
    try {
      stopped = host.grow(command.session().id(), command.epoch(), bytes);
    } finally {
      runHere(host, command, command.epoch());
    }
    return Map.of("diskBytes", bytes, "stopped", stopped ? 1L : 0L);
  }

  private static SessionSpec spec(StepCommand command) {
    SessionFacts s = command.session();
    return new SessionSpec(
        s.id(),
        s.template(),
        s.user(),
        null,
        s.address(),
        s.settings().locale(),
        s.settings().timezone(),
        command.epoch(),
        s.settings().diskBytes(),
        limits(command),
        s.settings().size().width(),
        s.settings().size().height());
  }

  private static SessionLimits limits(StepCommand command) {
    org.mobidesk.domain.model.session.SessionLimits l = command.session().limits();
    return new SessionLimits(l.memoryBytes(), l.cpuShares(), l.cpuMillis(), l.pids(), l.diskRate());
  }

  private Map<String, Long> figures(CheckpointStats stats) {
    return Map.ofEntries(
        Map.entry("quiesceUs", stats.quiesceUs()),
        Map.entry("freezeUs", stats.freezeUs()),
        Map.entry("dumpUs", stats.dumpUs()),
        Map.entry("pagesUs", stats.pagesUs()),
        Map.entry("writeUs", stats.writeUs()),
        Map.entry("releaseUs", stats.releaseUs()),
        Map.entry("stoppedAtUs", stats.stoppedAtUs()),
        Map.entry("imageBytes", stats.imageBytes()),
        Map.entry("processes", (long) stats.processes()),
        Map.entry(MigrationTimings.CLOCK, clock.id()));
  }

  private Map<String, Long> figures(RestoreStats stats) {
    return Map.of(
        "prepareUs",
        stats.prepareUs(),
        "restoreUs",
        stats.restoreUs(),
        "resumeUs",
        stats.resumeUs(),
        "displayUs",
        stats.displayUs(),
        "runningAtUs",
        stats.runningAtUs(),
        "processes",
        (long) stats.processes(),
        MigrationTimings.CLOCK,
        clock.id());
  }
}
