package org.mobidesk.connector;

import java.util.Objects;

/**
 * What a session is, the same for its creation and for every later restore. Zero stands for the
 * daemon's default, null (where it is allowed) too.
 *
 * @param id {@code [a-z0-9-]{1,40}}, unique in the installation
 * @param templateId the exact template image: {@code xfce-1a2b3c4d5e6f}; a session is pinned to it
 *     for life
 * @param user account inside: {@code [a-z_][a-z0-9_-]{0,31}}
 * @param hostname inside the session; null: the id
 * @param address IPv4 address of the session, its own for life
 * @param locale null: C.UTF-8
 * @param timezone null: Etc/UTC
 * @param epoch 1 for a new session
 * @param diskBytes size of the session disk
 * @param limits what it may use
 * @param width first width of the screen in pixels
 * @param height first height of the screen in pixels
 */
public record SessionSpec(
    String id,
    String templateId,
    String user,
    String hostname,
    String address,
    String locale,
    String timezone,
    long epoch,
    long diskBytes,
    SessionLimits limits,
    int width,
    int height) {

  public SessionSpec {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(templateId, "templateId");
    Objects.requireNonNull(user, "user");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(limits, "limits");
    notNegative(epoch, "epoch");
    notNegative(diskBytes, "diskBytes");
    notNegative(width, "width");
    notNegative(height, "height");
  }

  /** A new session with the daemon's defaults for all that is optional. */
  public static SessionSpec of(String id, String templateId, String user, String address) {
    return new SessionSpec(
        id, templateId, user, null, address, null, null, 1, 0, SessionLimits.DEFAULTS, 0, 0);
  }

  /** The same session at another epoch. */
  public SessionSpec withEpoch(long newEpoch) {
    return new SessionSpec(
        id,
        templateId,
        user,
        hostname,
        address,
        locale,
        timezone,
        newEpoch,
        diskBytes,
        limits,
        width,
        height);
  }

  private static void notNegative(long value, String name) {
    if (value < 0) {
      throw new IllegalArgumentException(name + " must not be negative: " + value);
    }
  }
}
