package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocket;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.Message;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageEncoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.Protocol;
import org.mobidesk.protocol.Rectangle;

/**
 * One viewer's display connection, seen from the session. Answers PINGs by itself, unless told not
 * to.
 */
public final class TestSession implements AutoCloseable {
  private final SSLSocket socket;
  private final BlockingQueue<MessageToSession> received = new LinkedBlockingQueue<>();
  private long frame;

  TestSession(SSLSocket socket) {
    this.socket = socket;
    Thread.ofVirtual().name("test-session").start(this::read);
  }

  /** Sends messages. */
  public synchronized void send(Message... messages) throws IOException {
    for (Message message : messages) {
      ByteBuffer bytes = MessageEncoder.encode(message);
      socket.getOutputStream().write(bytes.array());
    }
    socket.getOutputStream().flush();
  }

  /** Sends bytes again and again, until the viewer has closed the connection. */
  public void sendUntilRefused(Supplier<byte[]> bytes) {
    try {
      while (true) {
        socket.getOutputStream().write(bytes.get());
      }
    } catch (IOException e) {
      // As expected.
    }
  }

  /** Answers the hello with a screen of one colour; returns the hello. */
  public MessageToSession.ClientHello greet(int width, int height, int colour)
      throws IOException, InterruptedException {
    var hello = await(MessageToSession.ClientHello.class, _ -> true);
    send(
        new MessageToViewer.ServerHello(Protocol.VERSION, width, height, 0),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, width, height), colour),
        frameEnd());
    return hello;
  }

  /** The next frame's end. */
  public MessageToViewer.FrameEnd frameEnd() {
    frame++;
    return new MessageToViewer.FrameEnd(frame, frame * 1000);
  }

  /**
   * Waits for a message of that kind that satisfies the condition; others before it are dropped.
   */
  public <T extends MessageToSession> T await(Class<T> kind, Predicate<T> condition)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      var message = received.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (message == null) {
        throw new AssertionError(
            "no %s as expected came within 60 s".formatted(kind.getSimpleName()));
      }
      if (kind.isInstance(message) && condition.test(kind.cast(message))) {
        return kind.cast(message);
      }
    }
  }

  /** Waits for the next message that is no PING, ACK or motion of the pointer. */
  public MessageToSession awaitInput() throws InterruptedException {
    return await(
        MessageToSession.class,
        m ->
            !(m instanceof MessageToSession.Ping
                || m instanceof MessageToSession.Ack
                || m instanceof MessageToSession.SetSize));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void read() {
    try {
      EnvelopeReader reader = new EnvelopeReader(socket.getInputStream());
      Envelope envelope;
      while ((envelope = reader.read()) != null) {
        MessageToSession message = MessageDecoder.toSession(envelope).orElseThrow();
        if (message instanceof MessageToSession.Ping(long value)) {
          send(new MessageToViewer.Pong(value));
        }
        received.add(message);
      }
    } catch (IOException e) {
      // The viewer has gone, or the test has closed the connection.
    }
  }
}
