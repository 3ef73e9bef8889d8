package org.mobidesk.application;

import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.workflow.StepName;

/**
 * A step that a server is to do.
 *
 * @param workflow or {@link #NO_WORKFLOW} when nobody waits for the outcome
 * @param order servers refuse one that is lower than what they have begun for the session
 * @param server who is to do it
 * @param epoch of the image or session that it is about
 * @param nextEpoch in which the session goes on, where the step lets it
 * @param peerAddress tier address of the target, where the step needs it, else null
 * @param otherStorage whether the target does not share the source's storage: then the session's
 *     disk goes with it
 * @param needs of a session that is to be reserved: what its source's host says that it may depend
 *     on; null when that is not known
 */
public record StepCommand(
    String workflow,
    long order,
    int attempt,
    StepName step,
    String server,
    SessionFacts session,
    long epoch,
    long nextEpoch,
    String peerAddress,
    boolean otherStorage,
    String needs) {

  /** The workflow of a command that only tidies up. */
  public static final String NO_WORKFLOW = "-";

  /** What a host needs to know of a session. */
  public record SessionFacts(
      String id,
      String template,
      String user,
      String address,
      SessionSettings settings,
      SessionLimits limits) {

    public static SessionFacts of(Session session) {
      return new SessionFacts(
          session.id(),
          session.template(),
          session.user(),
          session.address(),
          session.settings(),
          session.effectiveLimits());
    }
  }
}
