package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A row of the servers that an administrator has decided something about. */
@Entity
@Table(name = "md_server")
class ServerRow {

  @Id private String name;

  private boolean maintenance;

  protected ServerRow() {}

  ServerRow(String name, boolean maintenance) {
    this.name = name;
    this.maintenance = maintenance;
  }

  boolean inMaintenance() {
    return maintenance;
  }
}
