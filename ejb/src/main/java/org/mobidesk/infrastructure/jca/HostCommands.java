package org.mobidesk.infrastructure.jca;

import jakarta.annotation.Resource;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.StepFailed;
import org.mobidesk.connector.ExecFrame;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.domain.model.workflow.FailureCode;

/** Runs commands inside sessions, within bounds of time and size. */
@ApplicationScoped
class HostCommands {

  private static final Logger LOG = Logger.getLogger(HostCommands.class);

  /** Standard input goes in frames of this size. */
  private static final int STDIN_FRAME_BYTES = 1 << 15;

  @Resource private ManagedScheduledExecutorService scheduler;

  /** Runs a command to its end, or ends it by closing its stream when its time is over. */
  ExecResult run(HostConnection host, ExecRequest request) throws HostException, StepFailed {
    AtomicBoolean late = new AtomicBoolean();
    try (SocketChannel channel = host.exec(request.session(), request.argv(), request.root())) {
      ScheduledFuture<?> end =
          scheduler.schedule(
              () -> {
                late.set(true);
                close(channel);
              },
              ExecRequest.MAX_SECONDS,
              TimeUnit.SECONDS);
      Thread feeder = Thread.ofVirtual().start(() -> feed(channel, request.stdin()));
      try {
        return collect(channel);
      } finally {
        end.cancel(false);
        close(channel);
        feeder.interrupt();
      }
    } catch (IOException e) {
      throw late.get()
          ? new StepFailed(
              FailureCode.TIMEOUT,
              "the command ran longer than " + ExecRequest.MAX_SECONDS + " s and was ended",
              e)
          : new StepFailed(
              FailureCode.DISCONNECTED, "the stream of the command: " + e.getMessage(), e);
    }
  }

  private static void feed(SocketChannel channel, byte[] stdin) {
    try {
      for (int at = 0; at < stdin.length; at += STDIN_FRAME_BYTES) {
        int end = Math.min(stdin.length, at + STDIN_FRAME_BYTES);
        new ExecFrame(ExecFrame.Kind.STDIN, java.util.Arrays.copyOfRange(stdin, at, end))
            .write(channel);
      }
      new ExecFrame(ExecFrame.Kind.STDIN, new byte[0]).write(channel);
    } catch (IOException e) {
      LOG.debug("the command ended before it had read its standard input", e);
    }
  }

  private static ExecResult collect(SocketChannel channel) throws IOException, StepFailed {
    ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    String message = null;
    ExecFrame frame;
    while ((frame = ExecFrame.read(channel)) != null) {
      switch (frame.kind()) {
        case STDOUT -> append(stdout, frame.data(), "standard output");
        case STDERR -> append(stderr, frame.data(), "standard error");
        case MESSAGE -> message = frame.text();
        case EXIT -> {
          return new ExecResult(
              frame.exitStatus(), stdout.toByteArray(), stderr.toByteArray(), message);
        }
        case STDIN -> throw new IOException("the host sent standard input back");
      }
    }
    throw new StepFailed(
        FailureCode.DISCONNECTED,
        message == null ? "the command's stream ended without an exit status" : message,
        null);
  }

  private static void append(ByteArrayOutputStream all, byte[] data, String name)
      throws StepFailed {
    if (all.size() + data.length > ExecRequest.MAX_STREAM_BYTES) {
      throw new StepFailed(
          FailureCode.NO_SPACE,
          "the command wrote more than "
              + ExecRequest.MAX_STREAM_BYTES
              + " bytes to its "
              + name
              + " and was ended",
          null);
    }
    all.writeBytes(data);
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing the stream of a command", e);
    }
  }
}
