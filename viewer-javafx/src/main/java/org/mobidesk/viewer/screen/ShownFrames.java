package org.mobidesk.viewer.screen;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many frames were shown, and when the last: for the user's status line and for scripts that
 * wait. Thread-safe.
 */
public final class ShownFrames {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition shown = lock.newCondition();
  private long count;
  private long lastShown = System.nanoTime();

  public ShownFrames() {}

  /** Counts frames that have just been shown. */
  void add(int frames) {
    lock.lock();
    try {
      count += frames;
      lastShown = System.nanoTime();
      shown.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public long count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  /** Time since the last frame was shown. */
  public Duration age() {
    lock.lock();
    try {
      return Duration.ofNanos(System.nanoTime() - lastShown);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until more than that many were shown; false at the timeout. */
  public boolean awaitMoreThan(long frames, Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      long left = timeout.toNanos();
      while (count <= frames) {
        if (left <= 0) {
          return false;
        }
        left = shown.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until at least one was shown and none for that long; false at the timeout. */
  public boolean awaitQuiet(Duration quiet, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    lock.lock();
    try {
      while (true) {
        long now = System.nanoTime();
        long quietFor = now - lastShown;
        if (count > 0 && quietFor >= quiet.toNanos()) {
          return true;
        }
        if (now >= deadline) {
          return false;
        }
        long wait = count > 0 ? quiet.toNanos() - quietFor : deadline - now;
        shown.await(Math.min(wait, deadline - now), TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }
}
