package org.mobidesk.interfaces.display;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mobidesk.protocol.Envelope;
import org.mobidesk.protocol.EnvelopeReader;
import org.mobidesk.protocol.MessageDecoder;
import org.mobidesk.protocol.MessageEncoder;
import org.mobidesk.protocol.MessageToSession;
import org.mobidesk.protocol.MessageToSession.Ack;
import org.mobidesk.protocol.MessageToSession.ClientHello;
import org.mobidesk.protocol.MessageToSession.ClientHello.Attach;
import org.mobidesk.protocol.MessageToSession.Key;
import org.mobidesk.protocol.MessageToSession.SetSize;

/** What reaches a session of what its viewer sends, while connections end and are made anew. */
class ViewerInputTest {

  private static final ClientHello HELLO = new ClientHello(800, 600, 1, false);

  private final ViewerInput input = new ViewerInput();
  private final ByteArrayOutputStream first = new ByteArrayOutputStream();
  private final ByteArrayOutputStream second = new ByteArrayOutputStream();

  @BeforeEach
  void hello() throws IOException {
    send(HELLO);
    input.connect(first);
  }

  @Test
  void acknowledgementsOfFramesThatWereSentArrive() throws IOException {
    input.frameEnded(1);
    send(new Ack(1));
    assertEquals(List.of(HELLO, new Ack(1)), received(first));
  }

  @Test
  void anAcknowledgementOfTheOldConnectionDoesNotReachTheNewOne() throws IOException {
    input.frameEnded(41);
    input.disconnect();
    input.connect(second);
    send(new Ack(41));
    input.frameEnded(1);
    send(new Ack(41));
    send(new Ack(1));
    assertEquals(List.of(HELLO, new Ack(1)), received(second));
  }

  @Test
  void countersOfFramesMayBeginAgain() throws IOException {
    input.frameEnded(0xffff_ffffL);
    input.frameEnded(0);
    send(new Ack(0xffff_ffffL));
    assertEquals(List.of(HELLO, new Ack(0xffff_ffffL)), received(first));
  }

  @Test
  void keysOfThePauseArriveAfterAHelloWithTheNewestSize() throws IOException {
    input.disconnect();
    send(new Key('a', true));
    send(new SetSize(1024, 768));
    send(new Ack(7));
    input.connect(second);
    assertEquals(List.of(HELLO.withSize(1024, 768), new Key('a', true)), received(second));
  }

  @Test
  void theSessionIsToldHowItsViewerAttaches() throws IOException {
    ClientHello hello = new ClientHello(2, 800, 600, 1, false, 0, 0, Attach.AS_CONFIGURED);
    ViewerInput asked = new ViewerInput();
    asked.accept(new EnvelopeReader(new ByteArrayInputStream(bytes(hello))).read());
    asked.attachAs(Attach.TAKE_OVER);
    asked.connect(first);
    asked.attachAs(Attach.JOIN);
    asked.disconnect();
    asked.connect(second);
    assertEquals(Attach.TAKE_OVER, ((ClientHello) received(first).getLast()).attach());
    assertEquals(List.of(hello.withAttach(Attach.JOIN)), received(second));
  }

  private void send(MessageToSession message) throws IOException {
    input.accept(new EnvelopeReader(new ByteArrayInputStream(bytes(message))).read());
  }

  private static byte[] bytes(MessageToSession message) {
    var encoded = MessageEncoder.encode(message);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    return bytes;
  }

  private static List<MessageToSession> received(ByteArrayOutputStream session) throws IOException {
    EnvelopeReader reader = new EnvelopeReader(new ByteArrayInputStream(session.toByteArray()));
    List<MessageToSession> all = new ArrayList<>();
    for (Envelope e = reader.read(); e != null; e = reader.read()) {
      all.add(MessageDecoder.toSession(e).orElseThrow());
    }
    return all;
  }
}
