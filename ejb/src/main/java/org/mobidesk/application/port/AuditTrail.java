package org.mobidesk.application.port;

import java.util.List;
import org.mobidesk.domain.model.audit.AuditRecord;

/** Who did what. Records are kept even if the surrounding transaction is not. */
public interface AuditTrail {

  void add(AuditRecord record);

  /**
   * The latest, newest first.
   *
   * @param session only those about it; null: all
   */
  List<AuditRecord> latest(String session);
}
