package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.json.JsonObject;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.mobidesk.application.ServerReports;

/** A server refused a checkpoint image. */
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
          propertyValue = "kind = 'image-refused'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "1")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("proxy")
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ImageRefusedConsumer extends TextConsumer implements MessageListener {

  @Inject private ServerReports reports;

  public ImageRefusedConsumer() {
    super("news of an image that was refused; the log of its server has them, too");
  }

  @Override
  void take(String text, Message message) throws JMSException {
    JsonObject json = MessageCodec.parse(text);
    reports.imageRefused(
        message.getStringProperty(Destinations.SERVER),
        json.getString("session"),
        MessageCodec.number(json, "epoch"),
        json.getString("message"));
  }
}
