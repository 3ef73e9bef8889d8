package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.json.JsonObject;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.mobidesk.application.ServerReports;

/** A session ended by itself. */
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
          propertyValue = "kind = 'session-ended'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("proxy")
public class SessionEndedConsumer extends TextConsumer implements MessageListener {

  @Inject private ServerReports reports;

  public SessionEndedConsumer() {
    super("news of the end of a session; a heartbeat will tell it, too");
  }

  @Override
  void take(String text, Message message) throws JMSException {
    JsonObject json = MessageCodec.parse(text);
    reports.sessionEnded(
        message.getStringProperty(Destinations.SERVER),
        json.getString("session"),
        MessageCodec.number(json, "epoch"),
        json.getString("message"));
  }
}
