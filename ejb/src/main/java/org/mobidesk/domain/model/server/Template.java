package org.mobidesk.domain.model.server;

/**
 * A template image that a server has.
 *
 * @param id {@code NAME-VERSION}: what a session is pinned to
 * @param unfit why no session of it may run on that server, or null when one may: a template may
 *     pin its sessions to a baseline of processors
 */
public record Template(String id, String name, String version, String unfit) {

  /** One whose sessions may run on its server. */
  public Template(String id, String name, String version) {
    this(id, name, version, null);
  }

  public boolean fits() {
    return unfit == null;
  }
}
