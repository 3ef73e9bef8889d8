package org.mobidesk.connector;

import java.io.Serializable;
import java.time.Instant;

/**
 * Something happened to a session on this host.
 *
 * @param sequence grows by one for each event of this daemon, and survives its restart
 * @param exitStatus of the session's first process, for {@link Kind#EXITED}
 */
public record HostEvent(
    long sequence,
    Instant time,
    long epoch,
    Kind kind,
    int exitStatus,
    String session,
    String message)
    implements Serializable {

  /** {@code enum mobidesk_event_kind} of mobidesk.h, in its order, from 1. */
  public enum Kind {
    STARTED,
    /** The session ended by itself: log out, or crash of its first process. */
    EXITED,
    CHECKPOINTED,
    HELD,
    RESUMED,
    DESTROYED,
    /** Processes were found missing after a restart of the daemon. */
    LOST,
    /** An image that does not verify was offered to this host; the message says what is wrong. */
    IMAGE_REFUSED,
    /** The kernel ended processes of a session, at its memory limit; the session goes on. */
    OUT_OF_MEMORY;

    private static final Kind[] ALL = values();

    /**
     * The kind of a number on the wire.
     *
     * @throws IllegalArgumentException when this version does not know it
     */
    public static Kind of(int number) {
      if (number < 1 || number > ALL.length) {
        throw new IllegalArgumentException(
            "the host daemon reported the unknown event kind " + number);
      }
      return ALL[number - 1];
    }

    /** The number in mobidesk.h. */
    public int number() {
      return ordinal() + 1;
    }
  }
}
