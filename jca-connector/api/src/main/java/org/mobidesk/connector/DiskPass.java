package org.mobidesk.connector;

/** What of a session's disk is sent to a server that does not share its storage. */
public enum DiskPass {
  /** All of it, while the session runs. */
  WHOLE,
  /** What has changed since the pass before, while the session runs. */
  CHANGES,
  /** What is left when the session has been stopped, which the stream waits for. */
  LAST,
  /** All of it, when the session has been stopped: what the target has is not known. */
  LAST_WHOLE
}
