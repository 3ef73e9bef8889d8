package org.mobidesk.application.port;

import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.workflow.StepOutcome;

/** The way from a server to the proxies. What is sent may get lost. */
public interface ReportSender {

  void outcome(String server, StepOutcome outcome);

  void heartbeat(ServerReport report);

  /** Something happened to a session: the proxy compares what it knows at once. */
  void sessionEnded(String server, String session, long epoch, String message);

  /** A checkpoint image that does not verify was offered to the server, and refused. */
  void imageRefused(String server, String session, long epoch, String message);
}
