package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.StepState;

/** A row of the journal: one step of a workflow. */
@Entity
@Table(name = "md_step")
class StepRow {

  /** The workflow's id and the position. */
  @Id private String id;

  @ManyToOne(optional = false)
  @JoinColumn(name = "workflow_id")
  private WorkflowRow workflow;

  @Column(name = "step_position")
  private int position;

  @Column(name = "step_order")
  private long order;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private StepName name;

  private String server;
  private boolean undo;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private StepState state;

  private int attempt;
  private int refusals;
  private Long startedUs;
  private Long sentUs;
  private Long endedUs;

  @Column(length = Texts.LONG)
  private String figures;

  @Enumerated(EnumType.STRING)
  private FailureCode code;

  @Column(length = Texts.LONG)
  private String message;

  protected StepRow() {}

  StepRow(WorkflowRow workflow, int position) {
    this.id = workflow.id() + "/" + position;
    this.workflow = workflow;
    this.position = position;
  }

  final void set(StepExecution step) {
    order = step.order();
    name = step.name();
    server = step.server();
    undo = step.undo();
    state = step.state();
    attempt = step.attempt();
    refusals = step.refusals();
    startedUs = Texts.micros(step.started());
    sentUs = Texts.micros(step.sent());
    endedUs = Texts.micros(step.ended());
    figures = Texts.figures(step.result());
    code = step.code();
    message = Texts.cut(step.message());
  }

  StepExecution toDomain() {
    return new StepExecution(
        order,
        name,
        server,
        undo,
        state,
        attempt,
        refusals,
        Texts.instant(startedUs),
        Texts.instant(sentUs),
        Texts.instant(endedUs),
        Texts.figures(figures),
        code,
        message);
  }
}
