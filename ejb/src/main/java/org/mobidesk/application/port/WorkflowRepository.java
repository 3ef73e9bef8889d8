package org.mobidesk.application.port;

import java.util.List;
import java.util.Optional;
import org.mobidesk.domain.model.workflow.Workflow;

/** The journal in the database. Called in a transaction; a lost race fails its commit. */
public interface WorkflowRepository {

  Optional<Workflow> find(String id);

  /** Ids of those that have not ended. */
  List<String> running();

  /** Newest first. */
  List<Workflow> ofSession(String session);

  void add(Workflow workflow);

  void save(Workflow workflow);

  /** Removes the copies of a session that were done before this one: they are many. */
  void forgetCopiesBefore(Workflow copy);

  /** How many there are, by state's name. */
  java.util.Map<String, Long> counts();
}
