package org.mobidesk.viewer.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mobidesk.viewer.testing.TestKeys;
import org.mobidesk.viewer.testing.TestProxy;
import org.mobidesk.viewer.trust.KnownServers;
import org.mobidesk.viewer.trust.ServerTls;
import org.mobidesk.viewer.trust.ServerTrust;
import org.mobidesk.viewer.trust.UntrustedServerException;

class LoginClientTest {
  /** A server hangs up when it hears that it is not trusted; that end may be all that is seen. */
  @Test
  void theRefusalIsToldWhenOnlyTheEndOfTheConnectionIsSeen(@TempDir Path directory)
      throws Exception {
    ServerTrust trust = ServerTrust.ofSystem(new KnownServers(directory.resolve("known")));
    try (TestProxy proxy = new TestProxy(TestKeys.make(directory).serverContext());
        ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      ServerTls tls = trust.tlsFor(ServerAddress.parse(proxy.address()).authority());
      assertEquals(Optional.empty(), tls.refusal());
      assertUntrusted(failureOfLogin(ServerAddress.parse(proxy.address()), tls));
      Thread.ofVirtual().start(() -> hangUp(mute));
      ServerAddress silent = ServerAddress.parse("127.0.0.1:" + mute.getLocalPort());
      assertUntrusted(failureOfLogin(silent, tls));
    }
  }

  /** Takes one connection and ends it in the middle of the handshake. */
  private static void hangUp(ServerSocket server) {
    try (Socket socket = server.accept()) {
      socket.getInputStream().read();
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new AssertionError("hanging up on a viewer", e);
    }
  }

  private static void assertUntrusted(IOException seen) {
    assertTrue(
        Stream.iterate((Throwable) seen, Objects::nonNull, Throwable::getCause)
            .anyMatch(UntrustedServerException.class::isInstance),
        () -> "the failure of a login does not tell why: " + seen);
  }

  private static IOException failureOfLogin(ServerAddress server, ServerTls tls) {
    try (LoginClient client = new LoginClient(tls)) {
      Login login =
          new Login(server, TestProxy.USER, TestProxy.PASSWORD, Optional.empty(), 1024, 768);
      return assertThrows(IOException.class, () -> client.logIn(login));
    }
  }
}
