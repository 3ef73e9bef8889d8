package org.mobidesk.viewer.connection;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.MessageToViewer.Status;
import org.mobidesk.protocol.Protocol;
import org.mobidesk.protocol.ProtocolException;
import org.mobidesk.protocol.RawEncoding;
import org.mobidesk.protocol.VideoFormat;

/**
 * Keeps a viewer connected to its session: connects, says hello, delivers what comes, and after any
 * loss tries again with the same ticket, until the session has ended or {@link #close}. Methods may
 * be called by any thread and do not wait.
 */
public final class SessionLink implements AutoCloseable {
  /** How often the delay is measured, and silence noticed. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(1);

  /** Silence after which the connection is given up. While a session moves, silence is right. */
  private static final Duration SILENCE = Duration.ofSeconds(8);

  private final SessionTicket ticket;
  private final SSLContext tls;
  private final boolean viewOnly;
  private final Listener listener;
  private final Backoff backoff = new Backoff();
  private final AtomicLong opened = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();
  // Under the lock:
  private MessageToSession.ClientHello hello;
  private Outbox outbox = new Outbox();
  private DisplayTransport transport;
  private boolean closed;

  /** The link's thread's own: what the listener knows. */
  private LinkState told;

  private volatile Status.State sessionState = Status.State.CONNECTED;
  private volatile long lastHeard;

  /** Spent on decoding since the last MARK; the receiving thread's own. */
  private long decodeNanos;

  /**
   * Makes a link that {@link #start} sets to work.
   *
   * @param width wanted width of the screen in pixels
   * @param height wanted height of the screen in pixels
   */
  public SessionLink(
      SessionTicket ticket,
      SSLContext tls,
      int width,
      int height,
      boolean viewOnly,
      Listener listener) {
    this.ticket = ticket;
    this.tls = tls;
    this.viewOnly = viewOnly;
    this.listener = listener;
    this.hello = helloFor(width, height);
  }

  /**
   * Begins, in a thread of its own: not a virtual one, since what it delivers is decoded in it, and
   * that is work for a processor.
   */
  public void start() {
    Thread.ofPlatform().name("session-link").daemon().start(this::run);
  }

  /** Sends when connected; what is sent between two connections is lost, as its moment is. */
  public void send(MessageToSession message) {
    lock.lock();
    try {
      if (message instanceof MessageToSession.SetSize size) {
        hello = helloFor(size.width(), size.height());
      }
      if (transport != null) {
        outbox.add(message);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many connections were opened since the start. */
  public long connectionsOpened() {
    return opened.get();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      wake.signalAll();
      closeTransport();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (!isClosed()) {
      String reason;
      try {
        tell(new LinkState.Connecting());
        converse();
        reason = "The server closed the connection.";
      } catch (EndedException e) {
        end(e.getMessage());
        return;
      } catch (RefusedException e) {
        if (e.reason() != RefusedException.Reason.UNAVAILABLE) {
          end(e.getMessage());
          return;
        }
        reason = e.getMessage();
      } catch (ProtocolException e) {
        reason = "The server broke the protocol: " + e.getMessage();
      } catch (IOException e) {
        reason = Failures.inWords(e, ticket.server());
      } catch (InterruptedException e) {
        return; // nobody interrupts this thread but a dying VM
      } catch (RuntimeException | OutOfMemoryError e) {
        // Whatever a server sends costs its connection and no more: a huge screen, say.
        reason = "What the server sent could not be carried out: " + e;
      }
      if (!isClosed()) {
        Duration wait = backoff.next();
        tell(new LinkState.Lost(reason, wait));
        pause(wait);
      }
    }
  }

  /** Tells the listener what is news to it. */
  private void tell(LinkState state) {
    if (!state.equals(told)) {
      told = state;
      listener.stateChanged(state);
    }
  }

  private void end(String reason) {
    if (!isClosed()) {
      tell(new LinkState.Ended(reason));
    }
  }

  /** One connection from its hello to its end. */
  private void converse() throws IOException, InterruptedException {
    try (DisplayTransport open = DisplayTransport.open(ticket, tls)) {
      Outbox box = adopt(open);
      opened.incrementAndGet();
      lastHeard = System.nanoTime();
      sessionState = Status.State.CONNECTED;
      Thread writer = Thread.ofVirtual().name("display-writer").start(() -> write(box, open));
      Thread pinger = Thread.ofVirtual().name("display-pinger").start(() -> ping(box, open));
      try {
        receive(new EnvelopeReader(open.in()));
      } finally {
        abandon(box);
        pinger.interrupt();
        closeQuietly(open);
        writer.join();
        pinger.join();
      }
    }
  }

  private Outbox adopt(DisplayTransport open) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("the viewer was closed");
      }
      transport = open;
      outbox = new Outbox();
      outbox.add(hello);
      return outbox;
    } finally {
      lock.unlock();
    }
  }

  private void abandon(Outbox box) {
    lock.lock();
    try {
      transport = null;
      box.close();
    } finally {
      lock.unlock();
    }
  }

  private void receive(EnvelopeReader reader) throws IOException {
    Envelope envelope;
    while ((envelope = reader.read()) != null) {
      lastHeard = System.nanoTime();
      var message = MessageDecoder.toViewer(envelope);
      if (message.isPresent()) {
        deliver(message.get(), envelope.size());
      }
    }
  }

  private void deliver(MessageToViewer message, int bytes) throws IOException {
    switch (message) {
      case Status status -> follow(status);
      case MessageToViewer.ServerHello _ -> {
        backoff.reset();
        follow(new Status(Status.State.CONNECTED, ""));
      }
      default -> {}
    }
    long begin = System.nanoTime();
    listener.received(message, bytes);
    decodeNanos += System.nanoTime() - begin;
    if (message instanceof MessageToViewer.Mark mark) {
      send(new MessageToSession.Marked(mark.number(), decodeNanos / 1000));
      decodeNanos = 0;
    }
  }

  private void follow(Status status) throws EndedException {
    sessionState = status.state();
    switch (status.state()) {
      case ENDED -> throw new EndedException(orElse(status.text(), "The session has ended."));
      case REFUSED ->
          throw new EndedException(orElse(status.text(), "The server refused the session."));
      case CONNECTED, MOVING, SUSPENDED, UNREACHABLE ->
          tell(new LinkState.Connected(status.state(), status.text()));
    }
  }

  private static String orElse(String text, String instead) {
    return text.isBlank() ? instead : text;
  }

  private void write(Outbox box, DisplayTransport open) {
    try {
      box.writeTo(open.out());
    } catch (IOException e) {
      // The reader finds the same connection broken and says why.
      closeQuietly(open);
    } catch (InterruptedException e) {
      closeQuietly(open);
    }
  }

  private void ping(Outbox box, DisplayTransport open) {
    try {
      while (true) {
        box.add(new MessageToSession.Ping(System.nanoTime()));
        Thread.sleep(PING_INTERVAL);
        if (sessionState == Status.State.CONNECTED
            && System.nanoTime() - lastHeard > SILENCE.toNanos()) {
          closeQuietly(open);
        }
      }
    } catch (InterruptedException e) {
      // The connection is over.
    }
  }

  private static void closeQuietly(DisplayTransport open) {
    try {
      open.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing a broken connection", e);
    }
  }

  private void pause(Duration wait) {
    lock.lock();
    try {
      long left = wait.toNanos();
      while (left > 0 && !closed) {
        left = wake.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private void closeTransport() {
    if (transport != null) {
      closeQuietly(transport);
    }
  }

  private MessageToSession.ClientHello helloFor(int width, int height) {
    return new MessageToSession.ClientHello(
        Protocol.VERSION,
        width,
        height,
        RawEncoding.ALL,
        viewOnly,
        VideoFormat.Encoding.ALL,
        Protocol.MAX_TILE_SLOTS,
        MessageToSession.ClientHello.Attach.AS_CONFIGURED);
  }

  /** The session is over, and no attempt brings it back. */
  private static final class EndedException extends IOException {
    private static final long serialVersionUID = 1L;

    EndedException(String message) {
      super(message);
    }
  }

  /** Who is told; called by the link's own thread, one call at a time. */
  public interface Listener {
    void stateChanged(LinkState state);

    /**
     * A message came.
     *
     * @param message valid during the call: it may borrow the reader's buffer
     * @param bytes its size on the wire
     * @throws ProtocolException when it cannot be carried out: the connection is given up
     */
    void received(MessageToViewer message, int bytes) throws ProtocolException;
  }
}
