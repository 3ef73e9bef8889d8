package org.mobidesk.connector;

import jakarta.resource.ResourceException;

/**
 * An operation of the host daemon failed: why (for programs), and what was tried on what (for
 * people).
 */
public final class HostException extends ResourceException {

  private static final long serialVersionUID = 1L;

  /** Why an operation failed: {@code enum mobidesk_code} of mobidesk.h, in its order, from 1. */
  public enum Code {
    /** An argument is malformed; the message names it. */
    INVALID,
    /** No such session, image or template on this host. */
    NOT_FOUND,
    /** Exists already, or is in a state in which this cannot be done. */
    CONFLICT,
    /** This user may not talk to the daemon. */
    DENIED,
    /** Disk, image memory or a limit is exhausted. */
    NO_SPACE,
    /** Another operation on this session is under way, or no connection is free. */
    BUSY,
    /** The epoch is older than what the daemon has recorded. */
    STALE_EPOCH,
    /** This host lacks what is asked: kernel, processor, CRIU, template, the native library. */
    UNSUPPORTED,
    /** A process holds what cannot be checkpointed; it keeps running. */
    NOT_CHECKPOINTABLE,
    TIMEOUT,
    /** The daemon is not there, or went away during the call. */
    DISCONNECTED,
    /** An image or a disk does not verify. */
    CORRUPT,
    INTERNAL;

    private static final Code[] ALL = values();

    /**
     * The code of a number on the wire; one that this version does not know is {@link #INTERNAL}.
     */
    public static Code of(int number) {
      return number >= 1 && number <= ALL.length ? ALL[number - 1] : INTERNAL;
    }

    /** The number in mobidesk.h. */
    public int number() {
      return ordinal() + 1;
    }
  }

  private final Code code;
  private final int errno;

  public HostException(Code code, int errno, String message) {
    this(code, errno, message, null);
  }

  /**
   * @param errno of the failing system call, or 0
   * @param message what was tried, on what, and why it failed
   */
  public HostException(Code code, int errno, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.errno = errno;
  }

  public Code code() {
    return code;
  }

  public int errno() {
    return errno;
  }
}
