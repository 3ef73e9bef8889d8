package org.mobidesk.domain.model.workflow;

import java.util.Locale;

/** The steps of all workflows (docs/decisions/0001). Each may be done again without harm. */
public enum StepName {
  /** Starts the desktop. */
  CREATE,
  /** Proxy: packets for the session go to its server. */
  ROUTE,
  /** Keeps resources for a session that comes. */
  RESERVE,
  /**
   * Writes dirty pages of the session disk while the applications run, and sends the disk to a
   * target that does not share its storage.
   */
  SYNC,
  /** The session disk becomes as large as the session's settings say. */
  GROW,
  /** Proxy: packets for the session are kept. */
  HOLD,
  /** Stops and dumps the session. */
  CHECKPOINT,
  /** Dumps the session, with its disk of that instant; it runs on as the next epoch. */
  COPY,
  /** The source streams the image to the target, and what is left of the disk. */
  TRANSFER,
  /** The image is copied to the storage tier. */
  STORE,
  /** What was stored of the session before this copy is removed. */
  PRUNE,
  /** The image is read from the storage tier. */
  LOAD,
  /** The image's processes are made and held. */
  RESTORE,
  /** Proxy: compare-and-set of the session's location. */
  COMMIT,
  /** The held processes run. */
  RESUME,
  /** Proxy: kept packets are replayed, to the session's server. */
  RELEASE,
  /** The source forgets image and record. */
  REAP,
  /** Proxy: the session's route is dropped. */
  FORGET,
  /** The session ends and its disk is removed. */
  DESTROY,
  /**
   * What a server has of the session ends, and is forgotten there; its disk stays: the session is,
   * or is to be, another one's.
   */
  EVICT,
  /**
   * The session's disk becomes what it was at the copy, and is taken away from the server that had
   * it.
   */
  FENCE,
  /** The session gets other limits. */
  LIMIT,
  /** Undoes RESERVE, TRANSFER, LOAD and RESTORE at the target; nothing of it ever ran. */
  ABORT,
  /** Proxy: undoes COMMIT, as another compare-and-set: the session is its source's again. */
  RETURN,
  /**
   * After RETURN: the session is restored at its source from what was dumped there, and runs there
   * in its new epoch.
   */
  REVIVE,
  /** Undoes CHECKPOINT: whatever became of it, the session runs at the source again. */
  REINSTATE;

  /** The name in JSON and in the database. */
  public String wire() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The inverse of {@link #wire()}.
   *
   * @throws IllegalArgumentException when there is no such step
   */
  public static StepName of(String wire) {
    return valueOf(wire.toUpperCase(Locale.ROOT));
  }
}
