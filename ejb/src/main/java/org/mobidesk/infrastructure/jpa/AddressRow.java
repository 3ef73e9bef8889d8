package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;

/** A row of the addresses that a session has, or had a short while ago. */
@Entity
@Table(
    name = "md_address",
    indexes = @Index(name = "md_address_session", columnList = "session_id"))
class AddressRow {

  @Id private String address;

  @Column(name = "session_id", nullable = false)
  private String session;

  /** When the session gave it back; null while it has it. */
  private Long releasedUs;

  protected AddressRow() {}

  AddressRow(String address, String session) {
    this.address = address;
    this.session = session;
  }

  void release(long nowUs) {
    releasedUs = nowUs;
  }
}
