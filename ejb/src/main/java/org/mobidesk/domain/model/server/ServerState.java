package org.mobidesk.domain.model.server;

/** Whether sessions can be placed on a server. */
public enum ServerState {
  UP,
  /** No heartbeat, or its host daemon does not answer. */
  DOWN,
  /** Up, and an administrator wants no new sessions there. */
  MAINTENANCE
}
