package org.mobidesk.infrastructure.jms;

import jakarta.annotation.Resource;
import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import jakarta.enterprise.concurrent.ManagedExecutorService;
import jakarta.inject.Inject;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.Node;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.SessionHost;

/** Commands that an administrator runs in a session of this server. */
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
          propertyValue = "kind = 'exec' and target = '${mobidesk.node.name}'"),
      @ActivationConfigProperty(propertyName = "maxSession", propertyValue = "4")
    })
@ResourceAdapter(Destinations.RESOURCE_ADAPTER)
@DeliveryGroup("server")
public class ExecCommandConsumer extends TextConsumer implements MessageListener {

  @Resource private ManagedExecutorService executor;
  @Inject private SessionHost host;
  @Inject private JmsReportSender reports;
  @Inject private Node node;

  public ExecCommandConsumer() {
    super("a command in a session; who waits for it will be told that it is overdue");
  }

  /** Hands over at once: a command may run for a minute. */
  @Override
  void take(String text, Message message) throws JMSException {
    ExecRequest request = MessageCodec.decodeExecRequest(text);
    String proxy = message.getStringProperty(Destinations.PROXY);
    String id = message.getJMSCorrelationID();
    executor.execute(() -> reports.execResult(node.name(), proxy, id, run(request)));
  }

  private String run(ExecRequest request) {
    try {
      return MessageCodec.encode(host.exec(request));
    } catch (StepFailed e) {
      return MessageCodec.encode(e);
    }
  }
}
