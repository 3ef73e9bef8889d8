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
import org.mobidesk.application.WorkflowEngine;

/** Servers answer: drives the workflow on, in this thread. */
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
          propertyValue = "kind = 'outcome'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "8")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("proxy")
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class StepOutcomeConsumer implements MessageListener {

  private static final Logger LOG = Logger.getLogger(StepOutcomeConsumer.class);

  @Inject private WorkflowEngine engine;

  @Override
  public void onMessage(Message message) {
    try {
      engine.on(MessageCodec.decodeOutcome(message.getBody(String.class)));
    } catch (JMSException | RuntimeException e) {
      LOG.error("an outcome of a step; the step is driven again", e);
    }
  }
}
