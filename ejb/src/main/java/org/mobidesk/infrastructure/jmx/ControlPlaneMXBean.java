package org.mobidesk.infrastructure.jmx;

import java.util.Map;

/** Counts of the control plane, as {@code org.mobidesk:type=ControlPlane}. */
public interface ControlPlaneMXBean {

  /** Sessions that are alive or lost, and the latest that have ended, by state. */
  Map<String, Long> getSessionsByState();

  /** All workflows in the journal, by state. */
  Map<String, Long> getWorkflowsByState();

  /** Workflows that this proxy is driving. */
  int getActiveWorkflows();

  /** Servers that have reported to this proxy, with their state. */
  Map<String, String> getServers();
}
