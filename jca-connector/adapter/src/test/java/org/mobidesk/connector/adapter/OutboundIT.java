package org.mobidesk.connector.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.annotation.Resource;
import jakarta.ejb.EJB;
import java.util.ArrayList;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostException.Code;
import org.mobidesk.connector.HostInfo;
import org.mobidesk.connector.SessionSpec;

/** Connections from the pool of a real WildFly to the real daemon. */
@ExtendWith(ArquillianExtension.class)
class OutboundIT {

  /** Of the pool in ironjacamar.xml. */
  private static final int MAX_POOL_SIZE = 16;

  @Resource(lookup = HostConnectionFactory.JNDI_NAME)
  private HostConnectionFactory factory;

  @EJB private HostDaemon daemon;

  @Deployment
  static EnterpriseArchive deployment() {
    return TestArchive.with("outbound-test.ear", OutboundIT.class);
  }

  @BeforeEach
  void startDaemon() {
    if (daemon != null) {
      daemon.start();
    }
  }

  @Test
  void aConnectionAnswers() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      connection.ping();
    }
  }

  @Test
  void theHostSaysWhatItIs() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      HostInfo host = connection.hostInfo();
      assertFalse(host.daemonVersion().isEmpty());
      assertEquals(System.getProperty("os.version"), host.kernel());
      assertEquals(0, host.sessions());
      assertTrue(
          host.memoryBytes() >= host.memoryAvailableBytes() && host.memoryAvailableBytes() > 0,
          host::toString);
      assertTrue(host.uptimeUs() > 0, host::toString);
    }
  }

  @Test
  void listsMayBeEmpty() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      assertEquals(List.of(), connection.templates());
      assertEquals(List.of(), connection.sessions());
    }
  }

  @Test
  void anErrorHasItsCodeAndNamesWhatIsWrong() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      HostException unknown =
          assertThrows(HostException.class, () -> connection.session("no-such-session"));
      assertEquals(Code.NOT_FOUND, unknown.code());
      assertTrue(unknown.getMessage().contains("no-such-session"), unknown::getMessage);

      HostException invalid =
          assertThrows(HostException.class, () -> connection.session("Not An Id"));
      assertEquals(Code.INVALID, invalid.code());

      HostException cut = assertThrows(HostException.class, () -> connection.session("a\0b"));
      assertEquals(Code.INVALID, cut.code());

      SessionSpec nowhere = SessionSpec.of("ada-1", "no-such-template", "ada", "10.74.0.9");
      HostException template =
          assertThrows(HostException.class, () -> connection.createSession(nowhere));
      assertTrue(template.getMessage().contains("no-such-template"), template::getMessage);

      connection.ping();
    }
  }

  @Test
  void aStreamOfNoSessionIsRefused() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      assertEquals(
          Code.NOT_FOUND,
          assertThrows(HostException.class, () -> connection.attach("no-such-session")).code());
      assertEquals(
          Code.NOT_FOUND,
          assertThrows(
                  HostException.class,
                  () -> connection.exec("no-such-session", List.of("true"), false))
              .code());
    }
  }

  @Test
  void aServerIsNoGateway() throws HostException {
    try (HostConnection connection = factory.getConnection()) {
      HostException refused =
          assertThrows(HostException.class, () -> connection.route("10.74.0.9", "10.73.0.11"));
      assertEquals(Code.UNSUPPORTED, refused.code());
    }
  }

  @Test
  void aClosedConnectionIsOfNoUse() throws HostException {
    HostConnection connection = factory.getConnection();
    connection.close();
    connection.close();
    assertThrows(IllegalStateException.class, connection::ping);
  }

  @Test
  void aKilledDaemonIsAnErrorAndARestartedOneIsNot() throws HostException {
    try (HostConnection used = factory.getConnection()) {
      try (HostConnection idle = factory.getConnection()) {
        idle.ping();
      }
      daemon.kill();
      assertEquals(Code.DISCONNECTED, assertThrows(HostException.class, used::ping).code());
    }
    assertEquals(
        Code.DISCONNECTED, assertThrows(HostException.class, factory::getConnection).code());

    daemon.start();
    try (HostConnection connection = factory.getConnection()) {
      connection.ping();
    }
  }

  @Test
  void aConnectionOfTheDaemonBeforeIsNotHandedOut() throws HostException {
    factory.getConnection().close();
    daemon.kill();
    daemon.start();
    try (HostConnection connection = factory.getConnection()) {
      connection.ping();
    }
  }

  @Test
  void anExhaustedPoolSaysSo() throws HostException {
    List<HostConnection> all = new ArrayList<>();
    try {
      for (int i = 0; i < MAX_POOL_SIZE; i++) {
        all.add(factory.getConnection());
      }
      assertEquals(Code.BUSY, assertThrows(HostException.class, factory::getConnection).code());
    } finally {
      all.forEach(HostConnection::close);
    }
    factory.getConnection().close();
  }
}
