package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes guessing of passwords slow: after some failures within a minute further attempts are
 * refused without being looked at.
 *
 * <p>Counted for a user from one origin, so that nobody can lock out somebody else from elsewhere;
 * for an origin over all users; and, much higher, for a user from everywhere.
 */
@ApplicationScoped
public class LoginThrottle {

  static final Duration WINDOW = Duration.ofMinutes(1);
  static final int MOST_OF_USER_FROM_ORIGIN = 5;
  static final int MOST_FROM_ORIGIN = 20;
  static final int MOST_OF_USER = 50;

  /** Bounds the memory that an attacker can make us use; the least recently used goes first. */
  private static final int MOST_KEYS = 10_000;

  private final Map<String, Deque<Instant>> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Deque<Instant>> eldest) {
          return size() > MOST_KEYS;
        }
      };

  /**
   * Refuses an attempt that comes too early.
   *
   * @throws RequestRefused with the number of seconds to wait
   */
  public synchronized void check(String user, String origin, Instant now) {
    require("u " + user + " o " + origin, MOST_OF_USER_FROM_ORIGIN, now);
    require("o " + origin, MOST_FROM_ORIGIN, now);
    require("u " + user, MOST_OF_USER, now);
  }

  /** Counts a failed attempt. */
  public synchronized void failed(String user, String origin, Instant now) {
    count("u " + user + " o " + origin, now);
    count("o " + origin, now);
    count("u " + user, now);
  }

  /** A right password: earlier mistakes of this user from there are forgiven. */
  public synchronized void succeeded(String user, String origin) {
    failures.remove("u " + user + " o " + origin);
  }

  private void count(String key, Instant now) {
    failures.computeIfAbsent(key, k -> new ArrayDeque<>()).addLast(now);
  }

  private void require(String key, int most, Instant now) {
    Deque<Instant> times = failures.get(key);
    if (times == null) {
      return;
    }
    Instant horizon = now.minus(WINDOW);
    for (Iterator<Instant> i = times.iterator(); i.hasNext() && i.next().isBefore(horizon); ) {
      i.remove();
    }
    if (times.size() >= most) {
      long seconds = Duration.between(horizon, times.getFirst()).toSeconds() + 1;
      throw new RequestRefused(
          RequestRefused.Reason.TOO_MANY,
          "login-throttled",
          "too many failed logins; try again in " + seconds + " s");
    }
  }
}
