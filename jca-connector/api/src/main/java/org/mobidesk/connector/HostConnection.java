package org.mobidesk.connector;

import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * A connection to the host daemon: each method is one request and blocks until its reply is there.
 *
 * <p>For one thread at a time. No transaction: what a call did stays done; every session operation
 * may be repeated (it is idempotent by session and epoch). After {@link #close()} every other
 * method throws {@link IllegalStateException}; after {@link HostException.Code#DISCONNECTED} the
 * connection is of no use any more, get another one.
 *
 * <p>The channels that {@link #attach}, {@link #exec}, {@link #exportImage}, {@link #importImage},
 * {@link #exportMemory}, {@link #exportDisk} and {@link #importDisk} return are the caller's to
 * close, are in blocking mode, and live on when this connection is closed.
 */
public interface HostConnection extends AutoCloseable {

  /** Round trip to the daemon. */
  void ping() throws HostException;

  HostInfo hostInfo() throws HostException;

  List<TemplateInfo> templates() throws HostException;

  /** Starts a new session; returns when its display accepts viewers, at most 30 s later. */
  SessionInfo createSession(SessionSpec spec) throws HostException;

  List<SessionInfo> sessions() throws HostException;

  /**
   * One session.
   *
   * @throws HostException {@link HostException.Code#NOT_FOUND} when it is not on this host
   */
  SessionInfo session(String id) throws HostException;

  /**
   * Ends the session and removes it from this host, its disk too unless {@code keepDisk}. Absent:
   * success.
   */
  void destroySession(String id, boolean keepDisk) throws HostException;

  /**
   * Changes what a running session may use, at once.
   *
   * @throws HostException CONFLICT when it does not run, or uses more memory and cannot give it
   *     back; nothing has changed then
   */
  void limitSession(String id, SessionLimits limits) throws HostException;

  /** Opens the display: the channel carries the display protocol (docs/protocol.md). */
  SocketChannel attach(String id) throws HostException;

  /**
   * Runs a command inside the session, as its user or as its root. The channel carries frames: see
   * {@link ExecFrame}.
   */
  SocketChannel exec(String id, List<String> argv, boolean root) throws HostException;

  /**
   * At the target, before the freeze: checks that the session can be restored here with an image of
   * at most {@code imageBytes}, and keeps the resources for it.
   *
   * @param needs {@link HostInfo#needs} of the host that has the session, or null when not known:
   *     this host refuses when it lacks some of it
   */
  void reserve(SessionSpec spec, long imageBytes, String needs) throws HostException;

  /**
   * At the source, before the freeze: writes the dirty pages of the session's disk while the
   * applications run.
   */
  void sync(String id, long epoch) throws HostException;

  /**
   * At the source, before the freeze: a pass of the session's memory, to be read until the end of
   * the stream; the target takes it as it takes an image ({@link #importImage}).
   *
   * @param whole all of it; else what has changed since the pass before
   */
  SocketChannel exportMemory(String id, long epoch, boolean whole) throws HostException;

  /**
   * Stops the session, dumps it to memory and lets go of its disk. When it fails the session runs
   * on.
   *
   * @param ahead all passes of its memory have arrived at the target: its image is without what
   *     they have
   */
  CheckpointStats checkpoint(String id, long epoch, boolean ahead) throws HostException;

  /**
   * Dumps the session to memory, with its disk of that instant; it runs on as {@code newEpoch}.
   * {@code dumpUs} is how long it stands still. Image and disk of {@code epoch} are for {@link
   * #storeImage}. When it fails the session runs on as it was.
   */
  CheckpointStats copy(String id, long epoch, long newEpoch) throws HostException;

  /** The checkpoint image, to be read until the end of the stream. */
  SocketChannel exportImage(String id, long epoch) throws HostException;

  /** Takes a checkpoint image: write all of it, then call {@link ImageImport#finish}. */
  SocketChannel importImage(String id, long epoch) throws HostException;

  /** A pass of the session's disk, to be read until the end of the stream. */
  SocketChannel exportDisk(String id, long epoch, DiskPass pass) throws HostException;

  /**
   * At a target that was reserved: whether the disk of the session must be sent to it, as it is not
   * on its storage.
   */
  boolean awaitsDisk(String id, long epoch) throws HostException;

  /** Takes a pass of the disk: write all of it, then call {@link ImageImport#finish}. */
  SocketChannel importDisk(String id, long epoch) throws HostException;

  /**
   * Makes the session's disk larger, while the session runs.
   *
   * @param bytes never fewer than it has
   * @return whether the session had to stand still for it, as for a checkpoint and a restore
   */
  boolean grow(String id, long epoch, long bytes) throws HostException;

  /** Copies the image from memory to the storage tier; returns its size in bytes. */
  long storeImage(String id, long epoch) throws HostException;

  /** Brings the image from the storage tier into memory; returns its size in bytes. */
  long loadImage(String id, long epoch) throws HostException;

  /** Removes what is on the storage tier of the session from before {@code epoch}. */
  void pruneImages(String id, long epoch) throws HostException;

  /**
   * Makes the session's disk what it was when the image of {@code epoch} was stored, and takes it
   * away from whichever server has it; returns the bytes that were copied.
   */
  long restoreDisk(String id, long epoch) throws HostException;

  /**
   * Takes the session's disk, as it is, away from whichever server has it; returns the bytes that
   * were copied.
   */
  long fenceDisk(String id) throws HostException;

  /** Restores the image of the session and epoch of {@code spec}; its processes are held. */
  RestoreStats restore(SessionSpec spec) throws HostException;

  /** After the commit: lets the held session run as {@code newEpoch}; returns when it does. */
  RestoreStats resume(String id, long newEpoch) throws HostException;

  /** At the target, before the commit: undoes reserve, import and restore. Absent: success. */
  void abort(String id, long epoch) throws HostException;

  /** At the source, after the commit: removes image and record, never the disk. Absent: success. */
  void reap(String id, long epoch) throws HostException;

  /** At the proxy: what is for the session goes to this server. */
  void route(String sessionAddress, String serverAddress) throws HostException;

  /** At the proxy: packets for the session are kept from now on, neither dropped nor answered. */
  void hold(String sessionAddress) throws HostException;

  /** At the proxy: routes to the server and replays what was held. Not held: only routes. */
  HoldStats release(String sessionAddress, String serverAddress) throws HostException;

  /** At the proxy: drops the session's route and what is held for it. */
  void forget(String sessionAddress) throws HostException;

  /**
   * At the proxy: replaces the session's policy, a JSON object (docs/network.md), at once.
   *
   * @throws HostException CONFLICT when an outside port is another session's; nothing has changed
   *     then
   */
  void policy(String sessionAddress, String policy) throws HostException;

  /** At the proxy: what the session has sent and received since it was routed. */
  SessionTraffic traffic(String sessionAddress) throws HostException;

  /** Gives the connection back to the pool. Does nothing when it is closed already. */
  @Override
  void close();
}
