package org.mobidesk.wildfly.probe;

import jakarta.annotation.Resource;
import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.EJBException;
import jakarta.ejb.MessageDriven;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.Queue;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;

/** At a server: takes the commands that are for this node and reports them. */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/ServerCommands"),
      @ActivationConfigProperty(
          propertyName = "messageSelector",
          propertyValue = "target = '${mobidesk.node.name}'")
    })
@DeliveryGroup("server")
@ResourceAdapter("mobidesk")
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class CommandConsumer implements MessageListener {

  @Resource(lookup = "java:/jms/MobiDesk")
  private ConnectionFactory broker;

  @Resource(lookup = "java:/jms/queue/ServerReports")
  private Queue reports;

  @Override
  public void onMessage(Message message) {
    try (JMSContext context = broker.createContext()) {
      Message report = context.createTextMessage(message.getBody(String.class));
      report.setStringProperty("server", System.getProperty("mobidesk.node.name"));
      context.createProducer().send(reports, report);
    } catch (JMSException e) {
      throw new EJBException(e);
    }
  }
}
