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
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ExecResultConsumer implements MessageListener {

  private static final Logger LOG = Logger.getLogger(ExecResultConsumer.class);

  @Inject private JmsCommandSender commands;

  @Override
  public void onMessage(Message message) {
    try {
      commands.answered(message.getJMSCorrelationID(), message.getBody(String.class));
    } catch (JMSException e) {
      LOG.error("the result of a command; who waits for it will be told that it is overdue", e);
    }
  }
}
