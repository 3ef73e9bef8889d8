package org.mobidesk.infrastructure.jca;

import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The image, or the rest of the disk, that each session's workflow has sent or is sending. A step
 * whose answer was late is done again: it finds here what it began before, so that nothing is sent
 * twice.
 */
final class Sendings {
  private record Sending(String workflow, FutureTask<Long> task) {}

  private final ConcurrentMap<String, Sending> bySession = new ConcurrentHashMap<>();

  boolean isBegun(String session, String workflow) {
    return of(session, workflow) != null;
  }

  /**
   * Begins to send in a thread of its own; what an earlier workflow of the session sent is
   * forgotten.
   *
   * @param send returns the size of the image in bytes
   */
  void begin(String session, String workflow, Callable<Long> send) {
    FutureTask<Long> task = new FutureTask<>(send);
    bySession.put(session, new Sending(workflow, task));
    Thread.ofVirtual().name("sending of " + session).start(task);
  }

  /** Notes what was sent in another way. */
  void sent(String session, String workflow, long bytes) {
    FutureTask<Long> done = new FutureTask<>(() -> bytes);
    done.run();
    bySession.put(session, new Sending(workflow, done));
  }

  /**
   * Waits until the target has it, or had it already.
   *
   * @return its size in bytes; empty when none was begun with
   * @throws ExecutionException when it did not arrive; then it is forgotten
   */
  OptionalLong await(String session, String workflow)
      throws ExecutionException, InterruptedException {
    Sending sending = of(session, workflow);
    if (sending == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(sending.task.get());
    } catch (ExecutionException e) {
      bySession.remove(session, sending);
      throw e;
    }
  }

  void forget(String session) {
    bySession.remove(session);
  }

  private Sending of(String session, String workflow) {
    Sending sending = bySession.get(session);
    return sending != null && sending.workflow.equals(workflow) ? sending : null;
  }
}
