package org.mobidesk.infrastructure.jms;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSProducer;
import jakarta.jms.JMSRuntimeException;
import java.time.Duration;
import java.util.Map;

/** Sends text messages: not persistent, with an end to their life, outside of any transaction. */
@ApplicationScoped
class Messages {

  @Resource(lookup = Destinations.CONNECTION_FACTORY)
  private ConnectionFactory factory;

  /**
   * Sends a message.
   *
   * @throws JMSRuntimeException when the broker cannot be reached
   */
  void send(
      Destination destination,
      String text,
      String correlation,
      Map<String, String> properties,
      Duration life) {
    try (JMSContext context = factory.createContext(JMSContext.AUTO_ACKNOWLEDGE)) {
      JMSProducer producer =
          context
              .createProducer()
              .setDeliveryMode(DeliveryMode.NON_PERSISTENT)
              .setDisableMessageID(true)
              .setTimeToLive(life.toMillis())
              .setJMSCorrelationID(correlation);
      properties.forEach(producer::setProperty);
      producer.send(destination, text);
    }
  }
}
