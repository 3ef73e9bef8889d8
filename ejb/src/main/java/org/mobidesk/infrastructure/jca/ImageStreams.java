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
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.infrastructure.tier.ImageSender;
import org.mobidesk.infrastructure.tier.ImageSender.Cargo;

/**
 * Checkpoint images on their way to another server. One is sent while it is made: its stream is
 * opened before the session is stopped, and the target restores when it has all of it
 * (docs/decisions/0012). What could not be sent so is sent when it is asked for.
 */
@ApplicationScoped
class ImageStreams {

  private static final Logger LOG = Logger.getLogger(ImageStreams.class);

  /** Passes while the session runs. */
  private static final int MOST_PASSES = 4;

  /** A pass of fewer bytes has nothing left that could make the stop long. */
  private static final long SMALL_PASS_BYTES = 4L << 20;

  @Inject private ImageSender sender;

  private final Sendings sendings = new Sendings();

  /** The workflows that have sent a session's memory while it ran, by session. */
  private final ConcurrentMap<String, String> ahead = new ConcurrentHashMap<>();

  /**
   * While the session runs: sends its memory, and what has changed since, as often as that becomes
   * much less (docs/decisions/0025). What cannot be sent so is a part of the image.
   *
   * @return what was measured
   * @throws StepFailed when the target cannot be reached: better now than when all stands still
   */
  Map<String, Long> sendAhead(HostConnection host, StepCommand command) throws StepFailed {
    String session = command.session().id();
    long epoch = command.epoch();
    ahead.remove(session);
    long begin = System.nanoTime();
    long total = 0;
    long passes = 0;
    try {
      long before;
      long sent = Long.MAX_VALUE;
      do {
        before = sent;
        sent = send(host.exportMemory(session, epoch, passes == 0), command);
        total += sent;
        passes++;
      } while (passes < MOST_PASSES && sent > SMALL_PASS_BYTES && sent < before / 2);
      ahead.put(session, command.workflow());
    } catch (HostException e) {
      LOG.infof("the memory of session %s is not sent ahead: %s", session, e.getMessage());
    } catch (StepFailed e) {
      if (e.code() == FailureCode.UNREACHABLE) {
        throw e;
      }
      LOG.infof("the memory of session %s is not sent ahead: %s", session, e.getMessage());
    }
    return Map.of(
        "memorySentBytes",
        total,
        "memorySentUs",
        (System.nanoTime() - begin) / 1000,
        "memoryPasses",
        passes);
  }

  /** Whether the target has all that was sent ahead. */
  boolean isAhead(StepCommand command) {
    return command.workflow().equals(ahead.get(command.session().id()));
  }

  /** Sends the image of the checkpoint that is about to be made, unless that was begun already. */
  void begin(HostConnection host, StepCommand command) throws HostException {
    String session = command.session().id();
    if (!sendings.isBegun(session, command.workflow())) {
      SocketChannel stream = host.exportImage(session, command.epoch());
      sendings.begin(session, command.workflow(), () -> send(stream, command));
    }
  }

  /** The checkpoint was not made, and its stream ends by itself; or nobody needs the image. */
  void forget(StepCommand command) {
    sendings.forget(command.session().id());
    ahead.remove(command.session().id());
  }

  /**
   * Waits until the target has the image that was begun with, or sends it.
   *
   * @return its size in bytes
   */
  long transfer(HostConnection host, StepCommand command) throws HostException, StepFailed {
    String session = command.session().id();
    try {
      OptionalLong begun = sendings.await(session, command.workflow());
      if (begun.isPresent()) {
        return begun.getAsLong();
      }
    } catch (ExecutionException e) {
      LOG.infof(
          "the image of session %s did not arrive while it was made, it is sent once more: %s",
          session, e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed(FailureCode.TIMEOUT, "this server is being stopped", e);
    }
    long bytes = send(host.exportImage(session, command.epoch()), command);
    sendings.sent(session, command.workflow(), bytes);
    return bytes;
  }

  private long send(SocketChannel stream, StepCommand command) throws StepFailed {
    try (stream) {
      return sender.send(
          Cargo.IMAGE, stream, command.peerAddress(), command.session().id(), command.epoch());
    } catch (IOException e) {
      throw new StepFailed(FailureCode.UNREACHABLE, "closing the image: " + e.getMessage(), e);
    }
  }
}
