package org.mobidesk.application.port;

import java.util.Map;
import java.util.Optional;
import org.mobidesk.domain.model.network.SessionPolicy;

/** Policies in the database. A session that has none has the default. */
public interface PolicyRepository {

  SessionPolicy of(String session);

  /** All that are not the default, by session. */
  Map<String, SessionPolicy> all();

  /** Which session has an outside port, which is like {@code tcp/20022}. */
  Optional<String> publisher(String outside);

  /**
   * Replaces a session's.
   *
   * @throws org.mobidesk.application.RequestRefused when one of its outside ports is another
   *     session's
   */
  void save(String session, SessionPolicy policy);

  /** What sessions had that have ended; their ports can be given to others. */
  void forgetEnded();
}
