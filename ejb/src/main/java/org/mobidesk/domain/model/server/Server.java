package org.mobidesk.domain.model.server;

import java.time.Duration;
import java.time.Instant;

/**
 * A session server as the proxy knows it.
 *
 * @param report its last one
 * @param lastSeen when that came
 */
public record Server(ServerReport report, Instant lastSeen, boolean maintenance) {

  /** How often servers report. */
  public static final Duration HEARTBEAT = Duration.ofMillis(500);

  /** A server that missed five heartbeats is down: a pause of its garbage collector is shorter. */
  public static final Duration SILENCE = HEARTBEAT.multipliedBy(5);

  public String name() {
    return report.server();
  }

  public String address() {
    return report.address();
  }

  public ServerState state(Instant now) {
    if (!reachable(now) || !report.hostAnswers()) {
      return ServerState.DOWN;
    }
    return maintenance ? ServerState.MAINTENANCE : ServerState.UP;
  }

  /** Whether it reports: commands reach it. */
  public boolean reachable(Instant now) {
    return lastSeen.plus(SILENCE).isAfter(now);
  }

  /** Sessions that take its memory and processors now. */
  public long sessions() {
    return report.sessions().stream()
        .filter(
            s ->
                switch (s.state()) {
                  case RUNNING, HELD, RESERVED -> true;
                  case CHECKPOINTED, EXITED -> false;
                })
        .count();
  }

  /** Sessions for each processor. */
  public double load() {
    return (double) sessions() / Math.max(1, report.cpus());
  }
}
