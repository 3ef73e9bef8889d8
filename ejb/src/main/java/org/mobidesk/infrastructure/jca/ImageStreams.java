package org.mobidesk.infrastructure.jca;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jboss.logging.Logger;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.infrastructure.tier.ImageSender;

/**
 * Checkpoint images on their way to another server. One is sent while it is made: its stream is
 * opened before the session is stopped, and the target restores when it has all of it
 * (docs/decisions/0012). What could not be sent so is sent when it is asked for.
 */
@ApplicationScoped
class ImageStreams {

  private static final Logger LOG = Logger.getLogger(ImageStreams.class);

  @Inject private ImageSender sender;

  private final ConcurrentMap<Image, FutureTask<Long>> underWay = new ConcurrentHashMap<>();

  private record Image(String session, long epoch) {

    static Image of(StepCommand command) {
      return new Image(command.session().id(), command.epoch());
    }
  }

  /** Sends the image of the checkpoint that is about to be made. */
  void begin(HostConnection host, StepCommand command) throws HostException {
    Image image = Image.of(command);
    SocketChannel stream = host.exportImage(image.session(), image.epoch());
    FutureTask<Long> task = new FutureTask<>(() -> send(stream, command));
    underWay.put(image, task);
    Thread.ofVirtual().name("image of " + image.session()).start(task);
  }

  /** The checkpoint was not made: its stream ends by itself. */
  void forget(StepCommand command) {
    underWay.remove(Image.of(command));
  }

  /**
   * Waits until the target has the image that was begun with.
   *
   * @return its size in bytes; empty when none was begun with, or it did not arrive
   */
  OptionalLong await(StepCommand command) throws StepFailed {
    FutureTask<Long> task = underWay.remove(Image.of(command));
    if (task == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(task.get());
    } catch (ExecutionException e) {
      LOG.infof(
          "the image of session %s did not arrive while it was made, it is sent once more: %s",
          command.session().id(), e.getCause().getMessage());
      return OptionalLong.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed(FailureCode.TIMEOUT, "this server is being stopped", e);
    }
  }

  /** Sends an image that was made before. */
  long sendWhole(HostConnection host, StepCommand command) throws HostException, StepFailed {
    return send(host.exportImage(command.session().id(), command.epoch()), command);
  }

  private long send(SocketChannel stream, StepCommand command) throws StepFailed {
    try (stream) {
      return sender.send(stream, command.peerAddress(), command.session().id(), command.epoch());
    } catch (IOException e) {
      throw new StepFailed(FailureCode.UNREACHABLE, "closing the image: " + e.getMessage(), e);
    }
  }
}
