package org.mobidesk.connector;

import java.time.Instant;

/**
 * A session as its host sees it now.
 *
 * @param initPid host pid of the session's first process; 0 when nothing runs
 * @param viewers display attachments open
 * @param memoryBytes in use now
 * @param diskBytes allocated on the storage tier
 * @param imageBytes size of the checkpoint image held in memory here, or 0
 */
public record SessionInfo(
    String id,
    String templateId,
    String user,
    String address,
    State state,
    int initPid,
    long epoch,
    Instant created,
    int processes,
    int viewers,
    long memoryBytes,
    long diskBytes,
    long imageBytes) {

  /** {@code enum mobidesk_state} of mobidesk.h, in its order, from 1. */
  public enum State {
    /** Resources are kept for a session that will come; nothing runs. */
    RESERVED,
    RUNNING,
    /** An image is here, the processes are gone, the disk is released. */
    CHECKPOINTED,
    /** Restored, whole, and not yet let run. */
    HELD,
    /** Its processes ended by themselves; the disk is kept. */
    EXITED;

    private static final State[] ALL = values();

    /**
     * The state of a number on the wire.
     *
     * @throws IllegalArgumentException when this version does not know it
     */
    public static State of(int number) {
      if (number < 1 || number > ALL.length) {
        throw new IllegalArgumentException(
            "the host daemon reported the unknown session state " + number);
      }
      return ALL[number - 1];
    }

    /** The number in mobidesk.h. */
    public int number() {
      return ordinal() + 1;
    }
  }
}
