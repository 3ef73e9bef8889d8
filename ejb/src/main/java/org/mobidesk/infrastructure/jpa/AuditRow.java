package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.SequenceGenerator;
import jakarta.persistence.Table;
import org.mobidesk.domain.model.audit.AuditRecord;

/** A row of the audit trail. */
@Entity
@Table(name = "md_audit", indexes = @Index(name = "md_audit_session", columnList = "session_id"))
class AuditRow {

  @Id
  @GeneratedValue(strategy = GenerationType.SEQUENCE, generator = "md_audit_id")
  @SequenceGenerator(name = "md_audit_id", sequenceName = "md_audit_id", allocationSize = 50)
  private Long id;

  private Long timeUs;

  @Column(length = Texts.LONG)
  private String actor;

  private String origin;

  @Column(nullable = false)
  private String action;

  @Column(name = "session_id")
  private String session;

  @Column(length = Texts.LONG)
  private String detail;

  protected AuditRow() {}

  AuditRow(AuditRecord record) {
    timeUs = Texts.micros(record.time());
    actor = Texts.cut(record.actor());
    origin = record.origin();
    action = record.action();
    session = record.session();
    detail = Texts.cut(record.detail());
  }

  AuditRecord toDomain() {
    return new AuditRecord(Texts.instant(timeUs), actor, origin, action, session, detail);
  }
}
