package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.OneToMany;
import jakarta.persistence.OrderBy;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.domain.model.workflow.Failure;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/** A row of the workflows; its steps are rows of their own. */
@Entity
@Table(
    name = "md_workflow",
    indexes = {
      @Index(name = "md_workflow_session", columnList = "session_id"),
      @Index(name = "md_workflow_state", columnList = "state")
    })
class WorkflowRow {

  @Id private String id;

  @Column(name = "session_id", nullable = false)
  private String session;

  private int number;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private WorkflowKind kind;

  private long epoch;

  @Column(nullable = false)
  private String source;

  @Column(nullable = false)
  private String target;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private WorkflowState state;

  private boolean compensating;
  private boolean gaveUp;
  private Long startedUs;
  private Long endedUs;

  @Enumerated(EnumType.STRING)
  private StepName failedStep;

  private String failedServer;

  @Enumerated(EnumType.STRING)
  private FailureCode failureCode;

  @Column(length = Texts.LONG)
  private String failureMessage;

  @OneToMany(
      mappedBy = "workflow",
      cascade = CascadeType.ALL,
      orphanRemoval = true,
      fetch = FetchType.EAGER)
  @OrderBy("position")
  private List<StepRow> steps = new ArrayList<>();

  @Version private long version;

  protected WorkflowRow() {}

  WorkflowRow(Workflow workflow) {
    id = workflow.id();
    session = workflow.session();
    number = workflow.number();
    kind = workflow.kind();
    epoch = workflow.epoch();
    source = workflow.source();
    target = workflow.target();
    startedUs = Texts.micros(workflow.started());
    set(workflow);
  }

  final void set(Workflow workflow) {
    state = workflow.state();
    compensating = workflow.compensating();
    gaveUp = workflow.gaveUp();
    endedUs = Texts.micros(workflow.ended());
    Failure cause = workflow.cause();
    if (cause != null) {
      failedStep = cause.step();
      failedServer = cause.server();
      failureCode = cause.code();
      failureMessage = Texts.cut(cause.message());
    }
    for (int i = 0; i < workflow.steps().size(); i++) {
      if (i == steps.size()) {
        steps.add(new StepRow(this, i));
      }
      steps.get(i).set(workflow.steps().get(i));
    }
  }

  String id() {
    return id;
  }

  Workflow toDomain() {
    Failure cause =
        failedStep == null
            ? null
            : new Failure(failedStep, failedServer, failureCode, failureMessage);
    return new Workflow(
        id,
        number,
        kind,
        session,
        epoch,
        source,
        target,
        state,
        compensating,
        gaveUp,
        steps.stream().map(StepRow::toDomain).toList(),
        Texts.instant(startedUs),
        Texts.instant(endedUs),
        cause);
  }
}
