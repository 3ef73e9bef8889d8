package org.mobidesk.infrastructure.jca;

import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.jboss.logging.Logger;
import org.mobidesk.application.Node;
import org.mobidesk.application.port.ReportSender;
import org.mobidesk.connector.HostEvent;
import org.mobidesk.connector.HostEventListener;

/**
 * The host daemon's events: ends of sessions go to the proxy, which tells by the epoch whether they
 * are news, and so do images that were refused, for the audit trail.
 */
@MessageDriven(messageListenerInterface = HostEventListener.class)
@ResourceAdapter("mobidesk.ear#mobidesk-connector.rar")
@DeliveryGroup("server")
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class HostEventConsumer implements HostEventListener {

  private static final Logger LOG = Logger.getLogger(HostEventConsumer.class);

  @Inject private ReportSender reports;
  @Inject private Node node;

  @Override
  public void onEvent(HostEvent event) {
    LOG.infof(
        "session %s, epoch %d: %s %s",
        event.session(), event.epoch(), event.kind(), event.message());
    switch (event.kind()) {
      case EXITED ->
          reports.sessionEnded(node.name(), event.session(), event.epoch(), words(event));
      case IMAGE_REFUSED ->
          reports.imageRefused(node.name(), event.session(), event.epoch(), words(event));
      case OUT_OF_MEMORY -> LOG.warnf("session %s: %s", event.session(), event.message());
      case STARTED, CHECKPOINTED, HELD, RESUMED, DESTROYED, LOST -> {
        // Workflows hear of these by the answers to their steps, and the proxy by the heartbeats:
        // a session that was lost with its server has not ended.
      }
    }
  }

  private static String words(HostEvent event) {
    return event.message().isBlank() ? "exit status " + event.exitStatus() : event.message();
  }
}
