package org.mobidesk.wildfly.probe;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.EJB;
import jakarta.ejb.EJBException;
import jakarta.ejb.MessageDriven;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.ejb3.annotation.DeliveryGroup;
import org.jboss.ejb3.annotation.ResourceAdapter;

/** At a proxy: takes the reports of servers. */
@MessageDriven(
    activationConfig = {
      @ActivationConfigProperty(
          propertyName = "destinationType",
          propertyValue = "jakarta.jms.Queue"),
      @ActivationConfigProperty(
          propertyName = "destinationLookup",
          propertyValue = "java:/jms/queue/ServerReports")
    })
@DeliveryGroup("proxy")
@ResourceAdapter("mobidesk")
public class ReportConsumer implements MessageListener {

  @EJB private Reports reports;

  @Override
  public void onMessage(Message message) {
    try {
      reports.add(message.getBody(String.class), message.getStringProperty("server"));
    } catch (JMSException e) {
      throw new EJBException(e);
    }
  }
}
