package org.mobidesk.connector.adapter;

import jakarta.resource.spi.Activation;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.ConfigProperty;
import jakarta.resource.spi.InvalidPropertyException;
import jakarta.resource.spi.ResourceAdapter;
import java.io.Serializable;
import org.mobidesk.connector.HostEventListener;

/** What a message-driven bean may say about its subscription. */
@Activation(messageListeners = HostEventListener.class)
public class HostEventActivationSpec implements ActivationSpec, Serializable {

  private static final long serialVersionUID = 1L;

  @ConfigProperty(
      type = Long.class,
      defaultValue = "0",
      description = "Only events with a sequence above this; 0: all that the daemon remembers")
  private Long after = 0L;

  @ConfigProperty(
      type = Integer.class,
      defaultValue = "10",
      description =
          "How often an event comes again when the listener throws, before it is given up and logged")
  private Integer redeliveries = 10;

  private transient ResourceAdapter adapter;

  @Override
  public void validate() throws InvalidPropertyException {
    notNegative("after", after);
    notNegative("redeliveries", redeliveries.longValue());
  }

  private static void notNegative(String name, long value) throws InvalidPropertyException {
    if (value < 0) {
      throw new InvalidPropertyException(name + " must not be negative: " + value);
    }
  }

  public Long getAfter() {
    return after;
  }

  public void setAfter(Long after) {
    this.after = after;
  }

  public Integer getRedeliveries() {
    return redeliveries;
  }

  public void setRedeliveries(Integer redeliveries) {
    this.redeliveries = redeliveries;
  }

  @Override
  public ResourceAdapter getResourceAdapter() {
    return adapter;
  }

  @Override
  public void setResourceAdapter(ResourceAdapter adapter) {
    this.adapter = adapter;
  }
}
