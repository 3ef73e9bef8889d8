package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;

/** A row of the session cookies: the durable copy of the replicated table. */
@Entity
@Table(name = "md_cookie", indexes = @Index(name = "md_cookie_session", columnList = "session_id"))
class CookieRow {

  @Id private String hash;

  @Column(name = "session_id", nullable = false)
  private String session;

  /** Whether a viewer with keys and mouse has come with it; null in rows of older versions. */
  private Boolean used;

  protected CookieRow() {}

  CookieRow(String hash, String session) {
    this.hash = hash;
    this.session = session;
  }

  String hash() {
    return hash;
  }

  void use() {
    used = true;
  }

  String session() {
    return session;
  }
}
