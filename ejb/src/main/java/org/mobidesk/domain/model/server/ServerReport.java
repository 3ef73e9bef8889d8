package org.mobidesk.domain.model.server;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** As host daemons word it in {@code needs}. */
  private static final Pattern STORAGE = Pattern.compile("\"storage\": ?\"([0-9a-f]+)\"");

  public ServerReport {
    templates = List.copyOf(templates);
    sessions = List.copyOf(sessions);
  }

  /** The name of its storage, which servers that share it have in common; empty when not known. */
  public Optional<String> storage() {
    return Optional.ofNullable(needs)
        .map(STORAGE::matcher)
        .filter(Matcher::find)
        .map(m -> m.group(1));
  }

  /** Whether its host daemon answers: without it no session can be run there. */
  public boolean hostAnswers() {
    return hostFailure == null;
  }
}
