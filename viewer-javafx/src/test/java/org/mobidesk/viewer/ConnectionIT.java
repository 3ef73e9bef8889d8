package org.mobidesk.viewer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.protocol.Direction;
import org.mobidesk.protocol.MessageToSession.Pointer;
import org.mobidesk.protocol.MessageToSession.SetSize;
import org.mobidesk.protocol.MessageToViewer;
import org.mobidesk.protocol.MessageToViewer.Status;
import org.mobidesk.protocol.MessageType;
import org.mobidesk.protocol.Protocol;
import org.mobidesk.protocol.Rectangle;
import org.mobidesk.viewer.testing.Lab;
import org.mobidesk.viewer.testing.Network;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.testing.TestSession;
import org.mobidesk.viewer.testing.ViewerProcess;

/** The packaged viewer, and what may happen to its connection. */
class ConnectionIT {
  private static final int HOSTILE_CONNECTIONS = 25;

  @TempDir static Path directory;

  private static Lab lab;
  private TestProxy proxy;
  private ViewerProcess viewer;
  private TestSession session;

  @BeforeAll
  static void makeLab() throws Exception {
    lab = new Lab(directory);
  }

  @AfterAll
  static void closeLab() {
    lab.close();
  }

  @BeforeEach
  void open() throws Exception {
    proxy = lab.proxy();
    viewer = lab.viewer(proxy);
    session = proxy.awaitSession();
    session.greet(800, 600, 0x336699);
    viewer.command("wait-connected 60000");
  }

  @AfterEach
  void close() throws Exception {
    session.close();
    viewer.close();
    proxy.close();
  }

  @Test
  void isMadeAgainAfterALossAndAfterTheProxyWasAway() throws Exception {
    session.close();
    session = proxy.awaitSession();
    session.greet(800, 600, 0x112233);
    viewer.command("wait-pixel 0 0 112233 60000");
    assertEquals(1, viewer.status().getInt("reconnects"));

    int port = proxy.port();
    proxy.close();
    session.close();
    var lost = viewer.awaitStatus(s -> s.getString("text").contains("Nothing answers"));
    assertEquals("lost", lost.getString("state"));
    assertEquals("112233", viewer.command("pixel 0 0"), "the last picture stays");
    proxy = new TestProxy(lab.keys().serverContext(), port);
    session = proxy.awaitSession();
    session.greet(800, 600, 0x445566);
    viewer.command("wait-pixel 0 0 445566 60000");
    assertEquals(2, viewer.status().getInt("reconnects"));

    proxy.setDisplayAvailable(false);
    session.close();
    viewer.awaitStatus(s -> s.getString("text").contains("cannot show the session now"));
    proxy.setDisplayAvailable(true);
    session = proxy.awaitSession();
    session.greet(800, 600, 0x778899);
    viewer.command("wait-pixel 0 0 778899 60000");

    proxy.setCookieValid(false);
    session.close();
    var ended = viewer.awaitStatus(s -> s.getString("state").equals("ended"));
    assertEquals("Your login is no longer valid. Log in again.", ended.getString("text"));
  }

  /** No end of the connection is told: what was sent is lost, and so is what would come. */
  @Test
  void isMadeAgainWhenTheNetworkWasGoneForAWhile() throws Exception {
    try (TestProxy other = lab.proxy();
        Network network = new Network(other.port());
        ViewerProcess away = lab.viewer(network.address(), TestProxy.PASSWORD)) {
      TestSession before = other.awaitSession();
      before.greet(800, 600, 0x112233);
      away.command("wait-pixel 0 0 112233 60000");
      network.setGone(true);
      away.awaitStatus(s -> !s.getBoolean("connected"));
      assertEquals("112233", away.command("pixel 0 0"), "the last picture stays");
      network.setGone(false);
      try (TestSession after = other.awaitSession()) {
        after.greet(800, 600, 0x445566);
        away.command("wait-pixel 0 0 445566 60000");
      }
      before.close();
    }
  }

  @Test
  void saysWhatTheProxySaysAndGoesOn() throws Exception {
    session.send(new Status(Status.State.MOVING, "Your session moves to server2."));
    var moving = viewer.awaitStatus(s -> s.getString("state").equals("moving"));
    assertEquals("Your session moves to server2.", moving.getString("text"));
    // The same connection, another server: the viewer forgets the screen, and all state follows.
    session.send(
        new MessageToViewer.ServerHello(1, 640, 480, 0),
        new Status(Status.State.CONNECTED, ""),
        new MessageToViewer.SolidFill(new Rectangle(0, 0, 640, 480), 0xabcdef),
        session.frameEnd());
    viewer.command("wait-size 640 480 60000");
    assertEquals("abcdef", viewer.command("pixel 639 479"));
    assertEquals("connected", viewer.status().getString("state"));
    assertEquals(0, viewer.status().getInt("reconnects"));

    session.send(new Status(Status.State.ENDED, "You have logged out."));
    var ended = viewer.awaitStatus(s -> s.getString("state").equals("ended"));
    assertEquals("You have logged out.", ended.getString("text"));
  }

  @Test
  void isGivenUpWhenTheServerBreaksTheProtocol() throws Exception {
    session.send(new MessageToViewer.SolidFill(new Rectangle(799, 0, 2, 1), 0));
    TestSession next = proxy.awaitSession();
    next.greet(800, 600, 0x778899);
    viewer.command("wait-pixel 0 0 778899 60000");
    session = next;
    assertTrue(viewer.status().getBoolean("connected"));
  }

  /** Random bytes behind good headers: each time the connection is given up, and only that. */
  @Test
  void outlivesAServerThatSendsAnything() throws Exception {
    Random random = new Random(7);
    List<MessageType> types =
        Stream.of(MessageType.values())
            .filter(t -> t.direction() == Direction.TO_VIEWER)
            // Sizes and states that are right by chance are acted on.
            .filter(
                t ->
                    t != MessageType.SERVER_HELLO
                        && t != MessageType.SCREEN_SIZE
                        && t != MessageType.STATUS)
            .toList();
    for (int i = 0; i < HOSTILE_CONNECTIONS; i++) {
      session.sendUntilRefused(
          () -> {
            byte[] payload = new byte[random.nextInt(64)];
            random.nextBytes(payload);
            return message(types.get(random.nextInt(types.size())).number(), payload);
          });
      session.close();
      session = proxy.awaitSession();
      session.greet(800, 600, 0x100000 + i);
      viewer.command("wait-pixel 0 0 %06x 60000".formatted(0x100000 + i));
    }
    assertEquals(HOSTILE_CONNECTIONS, viewer.status().getInt("reconnects"));
  }

  private static byte[] message(int type, byte[] payload) {
    return ByteBuffer.allocate(Protocol.HEADER_BYTES + payload.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(payload.length)
        .putInt(type)
        .put(payload)
        .array();
  }

  /** One pixel of the session is one of the display, whatever size letters have there. */
  @Test
  void showsPixelForPixelOnADenseDisplay() throws Exception {
    try (TestProxy other = lab.proxy();
        ViewerProcess dense = lab.viewerOnDenseDisplay(other)) {
      TestSession shown = other.awaitSession();
      var hello = shown.greet(800, 600, 0x102030);
      assertEquals(800, hello.width());
      dense.command("wait-connected 60000");
      dense.command("click 799 599");
      shown.await(Pointer.class, p -> p.equals(new Pointer(799, 599, 1)));
      dense.command("resize 640 400");
      shown.await(SetSize.class, s -> s.equals(new SetSize(640, 400)));
      shown.close();
    }
  }
}
