package org.mobidesk.connector.adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.ejb.EJB;
import java.time.Instant;
import java.util.List;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mobidesk.connector.HostEvent;

/**
 * Events of the real daemon reach a message-driven bean: in order, across a crash of the daemon,
 * and again after a failure.
 */
@ExtendWith(ArquillianExtension.class)
class InboundIT {

  @EJB private HostDaemon daemon;
  @EJB private EventRecord record;

  @Deployment
  static EnterpriseArchive deployment() {
    return TestArchive.with(
        "inbound-test.ear", InboundIT.class, RecordingListener.class, EventRecord.class);
  }

  @Test
  void eventsComeInOrderOnceAndAgainOnlyAfterAFailure() throws InterruptedException {
    HostEvent started = event(1, HostEvent.Kind.STARTED, 0, "ada-1", "");
    HostEvent exited = event(2, HostEvent.Kind.EXITED, 137, "ada-1", "killed by signal 9");
    daemon.remember(started);
    daemon.remember(exited);
    daemon.start();
    assertEquals(started, record.next());
    assertEquals(exited, record.next());

    daemon.kill();
    HostEvent lost = event(3, HostEvent.Kind.LOST, 0, "bob-1", "");
    daemon.remember(lost);
    record.fail("bob-1", 2);
    daemon.start();
    assertEquals(lost, record.next());
    assertEquals(lost, record.next());
    assertEquals(lost, record.next());

    daemon.kill();
    HostEvent hopeless = event(4, HostEvent.Kind.LOST, 0, "eve-1", "");
    HostEvent after = event(5, HostEvent.Kind.DESTROYED, 0, "ada-1", "");
    daemon.remember(hopeless);
    daemon.remember(after);
    record.fail("eve-1", Integer.MAX_VALUE);
    daemon.start();
    for (int delivery = 0; delivery <= 3; delivery++) {
      assertEquals(hopeless, record.next());
    }
    assertEquals(after, record.next());
    assertEquals(List.of(), record.rest());
    daemon.kill();
  }

  private static HostEvent event(
      long sequence, HostEvent.Kind kind, int status, String session, String message) {
    return new HostEvent(
        sequence,
        Instant.ofEpochMilli(1_700_000_000_000L + sequence),
        1,
        kind,
        status,
        session,
        message);
  }
}
