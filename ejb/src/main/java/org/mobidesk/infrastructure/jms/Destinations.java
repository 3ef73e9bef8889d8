package org.mobidesk.infrastructure.jms;

/** Names of what the deployment looks up, and of the properties by which messages are selected. */
final class Destinations {

  static final String CONNECTION_FACTORY = "java:/jms/MobiDesk";
  static final String SERVER_COMMANDS = "java:/jms/queue/ServerCommands";
  static final String SERVER_REPORTS = "java:/jms/queue/ServerReports";

  /** The pooled connection factory as a resource adapter of MDBs. */
  static final String RESOURCE_ADAPTER = "mobidesk";

  /** Which server a command is for. */
  static final String TARGET = "target";

  /** What a message is. */
  static final String KIND = "kind";

  /** Which proxy waits for an answer. */
  static final String PROXY = "proxy";

  /** Which server a report is from. */
  static final String SERVER = "server";

  static final String STEP = "step";
  static final String EXEC = "exec";
  static final String OUTCOME = "outcome";
  static final String HEARTBEAT = "heartbeat";
  static final String SESSION_ENDED = "session-ended";
  static final String IMAGE_REFUSED = "image-refused";
  static final String EXEC_RESULT = "exec-result";

  private Destinations() {}
}
