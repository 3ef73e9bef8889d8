package org.mobidesk.application.port;

/** What administrators have decided about servers; it outlives a restart of the proxy. */
public interface ServerRepository {

  /** Whether a server gets no new sessions; false for one that nobody has decided about. */
  boolean inMaintenance(String server);

  void setMaintenance(String server, boolean on);
}
