package org.mobidesk.domain.model.user;

/** What a user may do. */
public enum Role {
  /** Has a desktop. */
  USER,
  /** Uses the administration interface. */
  ADMINISTRATOR
}
