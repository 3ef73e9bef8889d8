package org.mobidesk.domain.model.server;

/** A session as its server's host daemon reported it. */
public record SessionSighting(
    String id,
    HostState state,
    long epoch,
    int processes,
    int viewers,
    long memoryBytes,
    long diskBytes) {

  /** What a host says of a session. */
  public enum HostState {
    RESERVED,
    RUNNING,
    CHECKPOINTED,
    HELD,
    EXITED
  }
}
