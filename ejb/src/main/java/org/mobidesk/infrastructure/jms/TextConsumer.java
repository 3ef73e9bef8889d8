package org.mobidesk.infrastructure.jms;

import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import org.jboss.logging.Logger;

/**
 * Takes text messages, outside of any transaction. One that cannot be taken is written to the log
 * and is gone: a second delivery would not do better, and nothing depends on a single message.
 */
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
abstract class TextConsumer implements MessageListener {

  private final Logger log = Logger.getLogger(getClass());
  private final String what;

  /**
   * @param what it takes, and what becomes of the matter when it cannot: the words of the log
   */
  TextConsumer(String what) {
    this.what = what;
  }

  /** Takes one message, and returns soon: others wait behind it. */
  abstract void take(String text, Message message) throws JMSException;

  @Override
  public void onMessage(Message message) {
    try {
      take(message.getBody(String.class), message);
    } catch (JMSException | RuntimeException e) {
      log.error(what, e);
    }
  }
}
