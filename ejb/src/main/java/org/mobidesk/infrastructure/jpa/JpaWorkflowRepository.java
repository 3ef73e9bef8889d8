package org.mobidesk.infrastructure.jpa;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.PersistenceContext;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/** The journal in the database. Writes are flushed, so that a lost race is an exception here. */
@ApplicationScoped
@Transactional
public class JpaWorkflowRepository implements WorkflowRepository {

  private static final int MOST_LISTED = 200;

  @PersistenceContext private EntityManager entities;

  @Override
  public Optional<Workflow> find(String id) {
    return Optional.ofNullable(entities.find(WorkflowRow.class, id)).map(WorkflowRow::toDomain);
  }

  @Override
  public List<String> running() {
    return entities
        .createQuery("select w.id from WorkflowRow w where w.state = :state", String.class)
        .setParameter("state", WorkflowState.RUNNING)
        .getResultList();
  }

  @Override
  public List<Workflow> ofSession(String session) {
    return entities
        .createQuery(
            "select w from WorkflowRow w where w.session = :session order by w.number desc",
            WorkflowRow.class)
        .setParameter("session", session)
        .setMaxResults(MOST_LISTED)
        .getResultStream()
        .map(WorkflowRow::toDomain)
        .toList();
  }

  @Override
  public void add(Workflow workflow) {
    entities.persist(new WorkflowRow(workflow));
    entities.flush();
  }

  @Override
  public void save(Workflow workflow) {
    WorkflowRow row = entities.find(WorkflowRow.class, workflow.id());
    if (row == null) {
      throw new IllegalStateException("workflow " + workflow.id() + " is not in the database");
    }
    row.set(workflow);
    entities.flush();
  }

  @Override
  public void forgetCopiesBefore(Workflow copy) {
    entities
        .createQuery(
            "select w from WorkflowRow w where w.session = :session and w.kind = :kind"
                + " and w.state = :state and w.number < :number",
            WorkflowRow.class)
        .setParameter("session", copy.session())
        .setParameter("kind", WorkflowKind.COPY)
        .setParameter("state", WorkflowState.DONE)
        .setParameter("number", copy.number())
        .getResultList()
        .forEach(entities::remove);
    entities.flush();
  }

  @Override
  public Map<String, Long> counts() {
    return entities
        .createQuery("select w.state, count(w) from WorkflowRow w group by w.state", Object[].class)
        .getResultStream()
        .collect(
            Collectors.toMap(
                row -> row[0].toString().toLowerCase(Locale.ROOT), row -> (Long) row[1]));
  }
}
