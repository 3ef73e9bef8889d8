package org.mobidesk.viewer.connection;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.mobidesk.protocol.MessageEncoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Pointer;

/**
 * Messages on their way to the session: whoever has one leaves it here and never waits for the
 * network. Successive motions of the pointer become one. Safe for use by several threads; one of
 * them writes.
 */
final class Outbox {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<MessageToSession> queue = new ArrayDeque<>();
  private boolean closed;

  /** Buttons of the pointer message before. */
  private int buttons;

  /** Whether the last in the queue is a message of the pointer that changes no button. */
  private boolean endsInMotion;

  void add(MessageToSession message) {
    lock.lock();
    try {
      if (closed) {
        return; // the connection is gone, and with it whom the message was for
      }
      boolean motion = message instanceof Pointer p && p.buttons() == buttons;
      if (motion && endsInMotion) {
        queue.removeLast();
      }
      queue.addLast(message);
      endsInMotion = motion;
      if (message instanceof Pointer p) {
        buttons = p.buttons();
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends {@link #writeTo}. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what comes, until {@link #close}. */
  void writeTo(OutputStream out) throws IOException, InterruptedException {
    while (true) {
      ByteBuffer bytes = encodeAll();
      if (bytes == null) {
        return;
      }
      out.write(bytes.array(), 0, bytes.limit());
      out.flush();
    }
  }

  /** Waits for messages; all that are there in one buffer, or null when closed. */
  private ByteBuffer encodeAll() throws InterruptedException {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        changed.await();
      }
      if (closed) {
        return null;
      }
      var encoded = queue.stream().map(MessageEncoder::encode).toList();
      queue.clear();
      endsInMotion = false;
      ByteBuffer all = ByteBuffer.allocate(encoded.stream().mapToInt(ByteBuffer::remaining).sum());
      encoded.forEach(all::put);
      return all.flip();
    } finally {
      lock.unlock();
    }
  }
}
