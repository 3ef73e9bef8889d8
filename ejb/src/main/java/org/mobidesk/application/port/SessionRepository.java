package org.mobidesk.application.port;

import java.util.List;
import java.util.Optional;
import org.mobidesk.domain.model.session.Session;

/** Sessions in the database. Called in a transaction; a lost race fails its commit. */
public interface SessionRepository {

  Optional<Session> find(String id);

  /** The session that its user comes back to. */
  Optional<Session> findAliveOf(String user);

  /** All that are alive or lost, and the latest that have ended; newest first. */
  List<Session> list();

  /** All that are alive. */
  List<Session> alive();

  /** All that are lost. */
  List<Session> lost();

  /** Adds a new one; a user has at most one that is alive. */
  void add(Session session);

  void save(Session session);
}
