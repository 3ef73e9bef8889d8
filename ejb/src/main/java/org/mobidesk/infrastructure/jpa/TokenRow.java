package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row of the administrators' tokens. */
@Entity
@Table(name = "md_token")
class TokenRow {

  @Id private String hash;

  @Column(name = "user_name", nullable = false)
  private String user;

  private long expiresUs;

  protected TokenRow() {}

  TokenRow(String hash, String user, long expiresUs) {
    this.hash = hash;
    this.user = user;
    this.expiresUs = expiresUs;
  }

  String userAt(long nowUs) {
    return nowUs < expiresUs ? user : null;
  }
}
