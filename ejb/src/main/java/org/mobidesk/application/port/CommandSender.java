package org.mobidesk.application.port;

import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;

/** The way to the servers. */
public interface CommandSender {

  /**
   * Sends a step; it may get lost.
   *
   * @throws StepFailed when it cannot even be sent
   */
  void send(StepCommand command) throws StepFailed;

  /** Runs a command in a session on its server and waits for the result. */
  ExecResult exec(String server, ExecRequest request) throws StepFailed;
}
