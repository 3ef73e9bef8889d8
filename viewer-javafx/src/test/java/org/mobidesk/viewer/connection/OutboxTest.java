package org.mobidesk.viewer.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Key;
import org.mobidesk.protocol.MessageToSession.Pointer;

class OutboxTest {
  private final Outbox outbox = new Outbox();

  @Test
  void motionsThatWaitTogetherBecomeOne() throws Exception {
    outbox.add(new Pointer(1, 1, 0));
    outbox.add(new Pointer(2, 2, 0));
    outbox.add(new Pointer(3, 3, 0));
    outbox.add(new Key('a', true));
    outbox.add(new Pointer(4, 4, 0));
    assertEquals(
        List.of(new Pointer(3, 3, 0), new Key('a', true), new Pointer(4, 4, 0)), written());
  }

  /** A press happens where it happened, however fast the pointer goes on. */
  @Test
  void pressesKeepTheirPlace() throws Exception {
    outbox.add(new Pointer(1, 1, 0));
    outbox.add(new Pointer(1, 1, 1));
    outbox.add(new Pointer(5, 5, 1));
    outbox.add(new Pointer(9, 9, 1));
    outbox.add(new Pointer(9, 9, 0));
    outbox.add(new Pointer(10, 10, 0));
    assertEquals(
        List.of(
            new Pointer(1, 1, 0),
            new Pointer(1, 1, 1),
            new Pointer(9, 9, 1),
            new Pointer(9, 9, 0),
            new Pointer(10, 10, 0)),
        written());
  }

  @Test
  void afterTheEndNothingIsKept() throws Exception {
    outbox.close();
    outbox.add(new Key('a', true));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    outbox.writeTo(out);
    assertEquals(0, out.size());
  }

  /** What goes to the wire; ends the outbox once all is there. */
  private List<MessageToSession> written() throws Exception {
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public void flush() {
            outbox.close();
          }
        };
    outbox.writeTo(out);
    EnvelopeReader reader = new EnvelopeReader(new ByteArrayInputStream(out.toByteArray()));
    List<MessageToSession> messages = new ArrayList<>();
    Envelope envelope;
    while ((envelope = reader.read()) != null) {
      messages.add(MessageDecoder.toSession(envelope).orElseThrow());
    }
    return messages;
  }
}
