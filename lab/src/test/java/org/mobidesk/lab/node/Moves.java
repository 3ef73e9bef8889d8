package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.json.JsonObject;

/** Moves that must succeed on a machine that may be busy. */
final class Moves {
  private static final int ATTEMPTS = 10;

  private Moves() {}

  /**
   * A busy machine may let a server report too late: then the move is given up, the session goes on
   * where it was, which must harm no conversation, and it is moved again.
   */
  static void migrate(RestApi api, String session, String server) {
    JsonObject workflow = api.migrate(session, server);
    for (int again = 1; again < ATTEMPTS && isLate(workflow); again++) {
      System.out.println("a move is given up: " + workflow.getJsonObject("failure"));
      workflow = api.migrate(session, server);
    }
    assertEquals("done", workflow.getString("state"), workflow::toString);
  }

  private static boolean isLate(JsonObject workflow) {
    return workflow.getString("state").equals("failed")
        && workflow.getJsonObject("failure").getString("code").equals("server-down");
  }
}
