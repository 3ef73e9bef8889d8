package org.mobidesk.interfaces.display;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mobidesk.application.SessionAdministration;
import org.mobidesk.application.SessionChanges;
import org.mobidesk.domain.model.session.Session;

/** A session as it is now, and waiting until it is otherwise. */
final class SessionWatch implements AutoCloseable {

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final SessionChanges.Subscription subscription;
  private Session now;
  private boolean over;
  private Consumer<Session> listener = s -> {};

  SessionWatch(String id, SessionAdministration sessions, SessionChanges changes) {
    subscription = changes.subscribe(id, this::set);
    Session loaded = sessions.find(id);
    lock.lock();
    try {
      if (now == null) {
        now = loaded;
      }
    } finally {
      lock.unlock();
    }
  }

  Session now() {
    lock.lock();
    try {
      return now;
    } finally {
      lock.unlock();
    }
  }

  /** Has each change told to somebody, too; he must not block. */
  void onChange(Consumer<Session> tell) {
    lock.lock();
    try {
      listener = tell;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the session is as asked, the time is over, or {@link #stop} was called. */
  void await(Predicate<Session> until, Duration most) {
    long left = most.toNanos();
    lock.lock();
    try {
      while (!over && left > 0 && !until.test(now)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      over = true;
    } finally {
      lock.unlock();
    }
  }

  /** Nobody needs the session any more: waits end. */
  void stop() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean stopped() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  private void set(Session session) {
    lock.lock();
    try {
      now = session;
      changed.signalAll();
      listener.accept(session);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    subscription.close();
  }
}
