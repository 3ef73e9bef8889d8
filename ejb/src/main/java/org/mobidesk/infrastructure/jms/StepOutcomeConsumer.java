package org.mobidesk.infrastructure.jms;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.inject.Inject;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
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
public class StepOutcomeConsumer extends TextConsumer implements MessageListener {

  @Inject private WorkflowEngine engine;

  public StepOutcomeConsumer() {
    super("an outcome of a step; the step is driven again");
  }

  @Override
  void take(String text, Message message) {
    engine.on(MessageCodec.decodeOutcome(text));
  }
}
