package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.inject.Inject;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
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
public class HeartbeatConsumer extends TextConsumer implements MessageListener {

  @Inject private ServerReports reports;

  public HeartbeatConsumer() {
    super("a heartbeat; the next one is due");
  }

  @Override
  void take(String text, Message message) {
    reports.heartbeat(ReportCodec.decode(text));
  }
}
