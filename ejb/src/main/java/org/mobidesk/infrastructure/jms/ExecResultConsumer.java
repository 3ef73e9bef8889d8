package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;

/** What commands in sessions did: wakes who waits for it at this proxy. */
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
          propertyValue = "kind = 'exec-result' and proxy = '${mobidesk.node.name}'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "2")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("proxy")
public class ExecResultConsumer extends TextConsumer implements MessageListener {

  @Inject private JmsCommandSender commands;

  public ExecResultConsumer() {
    super("the result of a command; who waits for it will be told that it is overdue");
  }

  @Override
  void take(String text, Message message) throws JMSException {
    commands.answered(message.getJMSCorrelationID(), text);
  }
}
