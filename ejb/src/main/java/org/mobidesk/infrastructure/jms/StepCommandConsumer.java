package org.mobidesk.infrastructure.jms;

import jakarta.annotation.Resource;
import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.jboss.logging.Logger;
import org.mobidesk.application.CommandExecution;
import org.mobidesk.application.StepCommand;

/** Steps that this server is to do. */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = Destinations.SERVER_COMMANDS),
      @ActivationConfigProperty(
          propertyName = "messageSelector",
          propertyValue = "kind = 'step' and target = '${mobidesk.node.name}'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "4")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("server")
public class StepCommandConsumer extends TextConsumer implements MessageListener {

  private static final Logger LOG = Logger.getLogger(StepCommandConsumer.class);

  @Resource private ManagedExecutorService executor;
  @Inject private CommandExecution execution;

  public StepCommandConsumer() {
    super("a command to this server; the proxy sends it again");
  }

  /** Hands over at once: a message that waits behind a slow step would be late for its freeze. */
  @Override
  void take(String text, Message message) {
    StepCommand command = MessageCodec.decodeCommand(text);
    executor.execute(() -> execute(command));
  }

  private void execute(StepCommand command) {
    try {
      execution.execute(command);
    } catch (RuntimeException e) {
      LOG.errorf(e, "%s; the proxy sends it again", command);
    }
  }
}
