package org.mobidesk.interfaces.display;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageEncoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.ProtocolException;

/**
 * What a viewer sends, on its way to a session that may be moving: remembers the hello and the
 * newest size for each new connection, and keeps input while there is none.
 *
 * <p>One thread brings messages, another one connects and disconnects.
 */
final class ViewerInput {

  private static final Logger LOG = Logger.getLogger(ViewerInput.class);

  /** Above it the viewer is not read any more until there is a connection. */
  private static final int MOST_KEPT_BYTES = 1 << 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private MessageToSession.ClientHello hello;
  private OutputStream session;

  /** Newest frame that this connection's session has ended; none has number 0. */
  private long newestFrame;

  private boolean over;

  /**
   * Takes a message of the viewer.
   *
   * @throws ProtocolException when no viewer may send it
   */
  void accept(Envelope envelope) throws ProtocolException {
    MessageToSession message = MessageDecoder.toSession(envelope).orElse(null);
    lock.lock();
    try {
      switch (message) {
        case null -> {
          // Of a later version, or for another channel: to be skipped.
        }
        case MessageToSession.Quiesce() ->
            throw new ProtocolException("QUIESCE is not for viewers to send");
        case MessageToSession.ClientHello first -> {
          if (hello != null) {
            throw new ProtocolException("a second CLIENT_HELLO");
          }
          hello = first;
          changed.signalAll();
        }
        default -> {
          if (hello == null) {
            throw new ProtocolException("the first message is no CLIENT_HELLO");
          }
          remember(message);
          if (!isOfAnOlderConnection(message)) {
            deliverOrKeep(message, bytes(envelope));
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for the hello; false when the viewer went away before. */
  boolean awaitHello() {
    lock.lock();
    try {
      while (hello == null && !over) {
        changed.awaitUninterruptibly();
      }
      return !over;
    } finally {
      lock.unlock();
    }
  }

  /** What the viewer said first; after {@link #awaitHello}. */
  MessageToSession.ClientHello hello() {
    lock.lock();
    try {
      return hello;
    } finally {
      lock.unlock();
    }
  }

  /** From the next connection on the session is told that the viewer attaches in this way. */
  void attachAs(MessageToSession.ClientHello.Attach attach) {
    lock.lock();
    try {
      hello = hello.withAttach(attach);
    } finally {
      lock.unlock();
    }
  }

  /** A new connection: says hello with the newest size, then delivers what was kept. */
  void connect(OutputStream output) throws IOException {
    lock.lock();
    try {
      output.write(MessageEncoder.encode(hello).array());
      kept.writeTo(output);
      output.flush();
      kept.reset();
      session = output;
      newestFrame = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The session has ended a frame, which the viewer may acknowledge from now on. */
  void frameEnded(long frame) {
    lock.lock();
    try {
      newestFrame = frame;
    } finally {
      lock.unlock();
    }
  }

  /** The connection is gone: input is kept from now on. */
  void disconnect() {
    lock.lock();
    try {
      session = null;
    } finally {
      lock.unlock();
    }
  }

  /** The viewer, or this relay, has ended. */
  void stop() {
    lock.lock();
    try {
      over = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void remember(MessageToSession message) {
    if (message instanceof MessageToSession.SetSize size) {
      hello = hello.withSize(size.width(), size.height());
    }
  }

  /**
   * A session refuses acknowledgements of frames that it has not sent. The difference counts, as
   * numbers of frames begin again after 32 bits.
   */
  private boolean isOfAnOlderConnection(MessageToSession message) {
    return message instanceof MessageToSession.Ack ack && (int) (ack.frame() - newestFrame) > 0;
  }

  private void deliverOrKeep(MessageToSession message, byte[] bytes) {
    while (true) {
      if (session != null) {
        try {
          session.write(bytes);
          session.flush();
          return;
        } catch (IOException e) {
          LOG.debug("the connection to the session broke; input is kept", e);
          session = null;
        }
      }
      if (over || !isWorthKeeping(message)) {
        return;
      }
      if (kept.size() + bytes.length <= MOST_KEPT_BYTES) {
        kept.writeBytes(bytes);
        return;
      }
      changed.awaitUninterruptibly();
    }
  }

  /** Acknowledgements are of a connection that is gone; sizes go with the next hello. */
  private static boolean isWorthKeeping(MessageToSession message) {
    return switch (message) {
      case MessageToSession.Ack _,
          MessageToSession.Marked _,
          MessageToSession.ChannelCredit _,
          MessageToSession.SetSize _,
          MessageToSession.Refresh _ ->
          false;
      default -> true;
    };
  }

  private static byte[] bytes(Envelope envelope) {
    byte[] bytes = new byte[envelope.size()];
    envelope.bytes().get(bytes);
    return bytes;
  }
}
