package org.mobidesk.interfaces.display;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.infrastructure.tier.TierConnection;
import org.mobidesk.interfaces.StreamHandler.Peer;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageEncoder;
import org.mobidesk.protocol.MessageToSession.ClientHello.Attach;
import org.mobidesk.protocol.MessageToViewer.FrameEnd;
import org.mobidesk.protocol.MessageToViewer.Status;
import org.mobidesk.protocol.MessageType;
import org.mobidesk.protocol.ProtocolException;

/**
 * One viewer and its session, wherever that is (docs/protocol.md, "The relay"). The viewer's
 * connection stays; the one to the session is made anew when it ends, or when the session has
 * moved.
 *
 * <p>Two threads: this one writes to the viewer, and alone does so; another one reads from it. Both
 * block, so that a slow viewer slows down its session's connection and nothing piles up here.
 */
final class DisplayRelay {

  private static final Logger LOG = Logger.getLogger(DisplayRelay.class);

  /** Pause before a server that refused is asked again; grows to the longest. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  /** A state of the session that says to wait is looked at again after this, event or not. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private final Peer viewer;
  private final SessionWatch watch;
  private final SessionDisplays displays;
  private final ViewerClaim claim;
  private final ViewerInput input = new ViewerInput();
  private final EnvelopePump toViewer;
  private final AtomicReference<Upstream> upstream = new AtomicReference<>();
  private Status told;

  /** The session has sent the viewer away, which it has been told. */
  private boolean dismissed;

  private record Upstream(TierConnection connection, SessionLocation location) {}

  DisplayRelay(Peer viewer, SessionWatch watch, SessionDisplays displays, ViewerClaim claim) {
    this.viewer = viewer;
    this.watch = watch;
    this.displays = displays;
    this.claim = claim;
    this.toViewer = new EnvelopePump(viewer.output());
  }

  /** Relays until the viewer goes away or the session ends. */
  void run() throws IOException {
    Thread reader = Thread.ofVirtual().name("viewer-input").start(this::readViewer);
    watch.onChange(this::dropIfMoved);
    try {
      if (input.awaitHello()) {
        input.attachAs(claim.attach(watch.now(), input.hello()));
        relay();
      }
    } finally {
      input.stop();
      viewer.close();
      reader.interrupt();
    }
  }

  private void relay() throws IOException {
    Duration pause = FIRST_PAUSE;
    while (!watch.stopped() && !dismissed) {
      boolean holds = claim.holds();
      Session session = watch.now();
      if (session.state() != SessionState.ENDED && !holds) {
        tell(Status.State.REFUSED, "The desktop is now shown elsewhere.");
        return;
      }
      switch (session.state()) {
        case RUNNING -> {
          if (show(session)) {
            pause = FIRST_PAUSE;
          } else {
            SessionLocation tried = session.location();
            watch.await(
                s -> s.state() != SessionState.RUNNING || !s.location().equals(tried), pause);
            pause = longer(pause);
          }
        }
        case STARTING, MOVING -> {
          tell(Status.State.MOVING, "The desktop is being moved; it goes on in a moment.");
          watch.await(s -> s.state() != session.state(), LOOK_AGAIN);
          pause = FIRST_PAUSE;
        }
        case SUSPENDED -> {
          tell(Status.State.SUSPENDED, "The desktop is suspended.");
          watch.await(s -> s.state() != session.state(), LOOK_AGAIN);
        }
        case LOST -> {
          tell(Status.State.UNREACHABLE, "The desktop is lost: " + session.lastFailure());
          watch.await(s -> s.state() != session.state(), LOOK_AGAIN);
        }
        case ENDED -> {
          tell(Status.State.ENDED, "The desktop has ended.");
          return;
        }
      }
    }
  }

  /** Shows the session as long as its connection lasts; false when there was none. */
  private boolean show(Session session) throws IOException {
    boolean shown = false;
    try (TierConnection connection = displays.open(session)) {
      Upstream now = new Upstream(connection, session.location());
      upstream.set(now);
      dropIfMoved(watch.now());
      input.connect(connection.output());
      EnvelopeReader reader = new EnvelopeReader(connection.input());
      Envelope hello = reader.read();
      if (hello != null) {
        shown = true;
        forward(hello, reader);
      }
    } catch (ViewerGone e) {
      throw e;
    } catch (IOException e) {
      LOG.debugf(e, "the display of session %s ended", session.id());
      if (!shown && watch.now().state() == SessionState.RUNNING) {
        tell(
            Status.State.UNREACHABLE,
            "The desktop cannot be reached: " + e.getMessage() + ". Trying again.");
      }
    } finally {
      input.disconnect();
      upstream.set(null);
    }
    return shown;
  }

  private void forward(Envelope hello, EnvelopeReader reader) throws IOException {
    Envelope envelope = hello;
    try {
      write(envelope);
      told = null;
      tell(Status.State.CONNECTED, "");
      input.attachAs(Attach.JOIN); // after a move it is there again, and takes from nobody
    } catch (IOException e) {
      throw new ViewerGone(e);
    }
    while ((envelope = reader.read()) != null) {
      note(envelope);
      try {
        write(envelope);
        if (!reader.hasBuffered()) {
          toViewer.flush();
        }
      } catch (IOException e) {
        throw new ViewerGone(e);
      }
    }
    toViewer.flush();
  }

  /** Before the viewer can know of it. */
  private void note(Envelope envelope) throws ProtocolException {
    if (envelope.is(MessageType.FRAME_END)
        && MessageDecoder.toViewer(envelope).orElse(null) instanceof FrameEnd end) {
      input.frameEnded(end.frame());
    } else if (envelope.is(MessageType.STATUS)
        && MessageDecoder.toViewer(envelope).orElse(null) instanceof Status status) {
      dismissed |= status.state() == Status.State.REFUSED;
    }
  }

  private void write(Envelope envelope) throws IOException {
    toViewer.write(envelope.bytes());
  }

  /** Tells the viewer once. */
  private void tell(Status.State state, String text) throws IOException {
    Status status = new Status(state, text);
    if (!status.equals(told)) {
      try {
        toViewer.write(MessageEncoder.encode(status));
        toViewer.flush();
      } catch (IOException e) {
        throw new ViewerGone(e);
      }
      told = status;
    }
  }

  private void readViewer() {
    EnvelopeReader reader = new EnvelopeReader(viewer.input());
    try {
      Envelope envelope;
      while ((envelope = reader.read()) != null) {
        input.accept(envelope);
      }
    } catch (ProtocolException e) {
      LOG.warnf("a viewer of session %s: %s", watch.now().id(), e.getMessage());
    } catch (IOException e) {
      LOG.debug("a viewer went away", e);
    } finally {
      input.stop();
      watch.stop();
      abort(upstream.get());
    }
  }

  /**
   * The session is elsewhere, or over, or its server is gone: its old connection is of no use, even
   * if it still lasts.
   */
  private void dropIfMoved(Session session) {
    Upstream now = upstream.get();
    boolean over = session.state() == SessionState.ENDED || session.state() == SessionState.LOST;
    boolean elsewhere = now != null && !session.location().goesOnFrom(now.location());
    if (now != null && (over || elsewhere || displays.isGivenUp(session))) {
      abort(now);
    }
  }

  private static void abort(Upstream upstream) {
    if (upstream != null) {
      try {
        upstream.connection().abort();
      } catch (IOException e) {
        LOG.debug("ending a connection to a session", e);
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /** The viewer's side broke: there is nobody to go on for. */
  private static final class ViewerGone extends IOException {
    private static final long serialVersionUID = 1L;

    ViewerGone(IOException cause) {
      super(cause);
    }
  }
}
