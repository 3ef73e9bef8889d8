package org.mobidesk.infrastructure.tier;

import java.io.IOException;

/** Another node answered a request for an upgrade by an error. */
public final class UpgradeRefused extends IOException {

  private static final long serialVersionUID = 1L;

  private final String status;

  UpgradeRefused(String status, String reason) {
    super(reason.isEmpty() ? status : reason);
    this.status = status;
  }

  /** The status line. */
  public String status() {
    return status;
  }
}
