package org.mobidesk.infrastructure.jca;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.DiskPass;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.infrastructure.tier.ImageSender.Cargo;

/**
 * Session disks on their way to a server that does not share the source's storage
 * (docs/decisions/0022): sent in passes while the session runs, the rest beside its image. What
 * could not be sent so is sent when the transfer is asked for.
 */
@ApplicationScoped
class DiskStreams {

  private static final Logger LOG = Logger.getLogger(DiskStreams.class);

  /** Passes while the session runs. */
  private static final int MOST_PASSES = 4;

  /** A pass of fewer bytes has nothing left that could make the last one long. */
  private static final long SMALL_PASS_BYTES = 1L << 20;

  @Inject private ImageSender sender;

  /** The last passes; of one that the target has no need of, nothing. */
  private final Sendings lastPasses = new Sendings();

  /** The workflows that have sent all of a session's disk while it ran, by session. */
  private final ConcurrentMap<String, String> ahead = new ConcurrentHashMap<>();

  /**
   * While the session runs: sends the disk, if the target wants it, until little is left of it.
   *
   * @return what was measured; empty when nothing had to be sent
   */
  Map<String, Long> sendAhead(HostConnection host, StepCommand command)
      throws HostException, StepFailed {
    String session = command.session().id();
    long epoch = command.epoch();
    ahead.remove(session);
    if (!sender.wantsDisk(command.peerAddress(), session, epoch)) {
      lastPasses.sent(session, command.workflow(), 0);
      return Map.of();
    }
    long begin = System.nanoTime();
    long sent = send(host.exportDisk(session, epoch, DiskPass.WHOLE), command);
    long total = sent;
    int passes = 1;
    for (long before = Long.MAX_VALUE;
        passes < MOST_PASSES && sent > SMALL_PASS_BYTES && sent < before;
        passes++) {
      before = sent;
      host.sync(session, epoch);
      sent = send(host.exportDisk(session, epoch, DiskPass.CHANGES), command);
      total += sent;
    }
    ahead.put(session, command.workflow());
    sender.connectAhead(Cargo.DISK, command.peerAddress(), session, epoch);
    return Map.of(
        "diskSentBytes",
        total,
        "diskSentUs",
        (System.nanoTime() - begin) / 1000,
        "diskPasses",
        (long) passes);
  }

  /** The session is about to be stopped: what is left is sent when it has let go of its disk. */
  void begin(HostConnection host, StepCommand command) throws HostException {
    String session = command.session().id();
    if (isAhead(command) && !lastPasses.isBegun(session, command.workflow())) {
      SocketChannel stream = host.exportDisk(session, command.epoch(), DiskPass.LAST);
      lastPasses.begin(session, command.workflow(), () -> send(stream, command));
    }
  }

  private boolean isAhead(StepCommand command) {
    return command.workflow().equals(ahead.get(command.session().id()));
  }

  /** The session was not stopped, and its stream ends by itself; or nobody needs the disk. */
  void forget(StepCommand command) {
    lastPasses.forget(command.session().id());
    ahead.remove(command.session().id());
  }

  /**
   * The session was stopped: waits until the target has all of its disk, or sends it.
   *
   * @return the bytes of the last pass; 0 when the target shares the storage
   */
  long transfer(HostConnection host, StepCommand command) throws HostException, StepFailed {
    String session = command.session().id();
    try {
      OptionalLong begun = lastPasses.await(session, command.workflow());
      if (begun.isPresent()) {
        return begun.getAsLong();
      }
    } catch (ExecutionException e) {
      LOG.infof(
          "the rest of the disk of session %s did not arrive, all of it is sent once more: %s",
          session, e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed(FailureCode.TIMEOUT, "this server is being stopped", e);
    }
    boolean wanted =
        isAhead(command) || sender.wantsDisk(command.peerAddress(), session, command.epoch());
    long bytes =
        wanted ? send(host.exportDisk(session, command.epoch(), DiskPass.LAST_WHOLE), command) : 0;
    lastPasses.sent(session, command.workflow(), bytes);
    return bytes;
  }

  private long send(SocketChannel stream, StepCommand command) throws StepFailed {
    try (stream) {
      return sender.send(
          Cargo.DISK, stream, command.peerAddress(), command.session().id(), command.epoch());
    } catch (IOException e) {
      throw new StepFailed(FailureCode.UNREACHABLE, "closing a disk: " + e.getMessage(), e);
    }
  }
}
