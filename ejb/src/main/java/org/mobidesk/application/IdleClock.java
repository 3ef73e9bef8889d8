package org.mobidesk.application;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.SessionSighting.HostState;

/** Since when nobody has been at which session, from what servers report. Any thread. */
final class IdleClock {

  private final ConcurrentMap<String, Instant> since = new ConcurrentHashMap<>();

  /** The sessions of a report that run and have had no viewer in any report for so long. */
  List<String> idleFor(Duration most, ServerReport report, Instant now) {
    report.sessions().stream().filter(s -> !isIdle(s)).forEach(s -> since.remove(s.id()));
    return report.sessions().stream()
        .filter(IdleClock::isIdle)
        .map(SessionSighting::id)
        .filter(id -> since.computeIfAbsent(id, i -> now).plus(most).isBefore(now))
        .toList();
  }

  /** Counts anew. */
  void restart(String session) {
    since.remove(session);
  }

  private static boolean isIdle(SessionSighting session) {
    return session.state() == HostState.RUNNING && session.viewers() == 0;
  }
}
