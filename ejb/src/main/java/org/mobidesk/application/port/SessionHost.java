package org.mobidesk.application.port;

import java.nio.channels.SocketChannel;
import java.util.Map;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.domain.model.server.ServerReport;

/** The host daemon of this server. */
public interface SessionHost {

  /** Does a step; returns what it measured. */
  Map<String, Long> perform(StepCommand command) throws StepFailed;

  /**
   * What is to be reported; never fails, but says in the report that the daemon does not answer.
   */
  ServerReport report();

  /** Opens the display of a session: the caller closes the channel. */
  SocketChannel attach(String session) throws StepFailed;

  /** Opens a checkpoint image to be written. */
  SocketChannel importImage(String session, long epoch) throws StepFailed;

  /** Whether a session that comes here brings its disk: it is not on this server's storage. */
  boolean awaitsDisk(String session, long epoch) throws StepFailed;

  /** Opens a pass of such a disk to be written. */
  SocketChannel importDisk(String session, long epoch) throws StepFailed;

  ExecResult exec(ExecRequest request) throws StepFailed;
}
