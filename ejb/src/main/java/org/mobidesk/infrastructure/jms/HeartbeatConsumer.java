package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.jboss.logging.Logger;
import org.mobidesk.application.ServerReports;

/** Servers report themselves, in order. */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = Destinations.SERVER_REPORTS),
      @ActivationConfigProperty(
          propertyName = "messageSelector",
          propertyValue = "kind = 'heartbeat'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("proxy")
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class HeartbeatConsumer implements MessageListener {

  private static final Logger LOG = Logger.getLogger(HeartbeatConsumer.class);

  @Inject private ServerReports reports;

  @Override
  public void onMessage(Message message) {
    try {
      reports.heartbeat(ReportCodec.decode(message.getBody(String.class)));
    } catch (JMSException | RuntimeException e) {
      LOG.error("a heartbeat; the next one is due", e);
    }
  }
}
