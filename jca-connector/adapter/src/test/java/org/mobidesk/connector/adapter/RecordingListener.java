package org.mobidesk.connector.adapter;

import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.EJB;
import jakarta.ejb.MessageDriven;
import org.jboss.ejb3.annotation.ResourceAdapter;
import org.mobidesk.connector.HostEvent;
import org.mobidesk.connector.HostEventListener;

/** Writes down what it is told; may be told to fail. */
@MessageDriven(
    messageListenerInterface = HostEventListener.class,
    activationConfig =
        @ActivationConfigProperty(propertyName = "redeliveries", propertyValue = "3"))
@ResourceAdapter("#" + TestArchive.RAR)
public class RecordingListener implements HostEventListener {

  @EJB private EventRecord record;

  @Override
  public void onEvent(HostEvent event) {
    record.add(event);
  }
}
