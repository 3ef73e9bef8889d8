package org.mobidesk.domain.model.server;

import java.util.List;

/**
 * What a server says of itself, twice a second.
 *
 * @param address on the tier network
 * @param needs what a session that has run there may depend on, as its host daemon words it; null
 *     when that cannot be asked
 * @param hostFailure why its host daemon cannot be asked, or null when it can
 */
public record ServerReport(
    String server,
    String address,
    String hostFailure,
    String kernel,
    String needs,
    int cpus,
    long memoryBytes,
    long memoryAvailableBytes,
    long imageFreeBytes,
    long storageFreeBytes,
    List<Template> templates,
    List<SessionSighting> sessions) {

  public ServerReport {
    templates = List.copyOf(templates);
    sessions = List.copyOf(sessions);
  }

  /** Whether its host daemon answers: without it no session can be run there. */
  public boolean hostAnswers() {
    return hostFailure == null;
  }
}
