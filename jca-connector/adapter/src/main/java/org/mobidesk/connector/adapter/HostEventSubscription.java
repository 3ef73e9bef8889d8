package org.mobidesk.connector.adapter;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import jakarta.resource.spi.UnavailableException;
import jakarta.resource.spi.endpoint.MessageEndpoint;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.HintsContext;
import jakarta.resource.spi.work.Work;
import jakarta.resource.spi.work.WorkContext;
import jakarta.resource.spi.work.WorkContextProvider;
import java.util.List;
import java.util.Optional;
import org.mobidesk.connector.HostEvent;
import org.mobidesk.connector.HostEventListener;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.adapter.binding.HostHandle;

/**
 * Brings the daemon's events to one message endpoint, in order, each at least once, on a thread and
 * a connection of its own; connects again when the daemon went away, from the last event that was
 * delivered.
 */
final class HostEventSubscription implements Work, WorkContextProvider {

  private static final long serialVersionUID = 1L;
  private static final System.Logger LOG = System.getLogger(HostEventSubscription.class.getName());

  /** How soon a subscription notices that it is to end. */
  private static final int POLL_MILLIS = 1000;

  private final transient HostResourceAdapter adapter;
  private final transient MessageEndpointFactory endpoints;
  private final transient BackOff reconnect = new BackOff();
  private final transient BackOff redeliver = new BackOff();
  private final int redeliveries;
  private long delivered;

  HostEventSubscription(
      HostResourceAdapter adapter, MessageEndpointFactory endpoints, HostEventActivationSpec spec) {
    this.adapter = adapter;
    this.endpoints = endpoints;
    this.delivered = spec.getAfter();
    this.redeliveries = spec.getRedeliveries();
  }

  /** It runs as long as its endpoint is active: on a thread for long work. */
  @Override
  public List<WorkContext> getWorkContexts() {
    HintsContext hints = new HintsContext();
    hints.setName("MobiDesk host events");
    hints.setHint(HintsContext.LONGRUNNING_HINT, Boolean.TRUE);
    return List.of(hints);
  }

  @Override
  public void release() {
    reconnect.stop();
    redeliver.stop();
  }

  @Override
  public void run() {
    while (reconnect.running()) {
      try (HostHandle host = adapter.connect()) {
        host.subscribe(delivered);
        LOG.log(
            INFO,
            "subscribed to the host daemon at {0} after event {1}",
            adapter.effectiveSocket(),
            delivered);
        receive(host);
      } catch (HostException e) {
        if (reconnect.fresh()) {
          LOG.log(WARNING, "no events of the host daemon, will try again: {0}", e.getMessage());
        }
      }
      if (!reconnect.pause()) {
        return;
      }
    }
  }

  private void receive(HostHandle host) throws HostException {
    while (reconnect.running()) {
      Optional<HostEvent> event;
      try {
        event = host.nextEvent(POLL_MILLIS);
        reconnect.succeeded();
      } catch (IllegalArgumentException e) {
        LOG.log(ERROR, "an event was skipped: {0}", e.getMessage());
        continue;
      }
      if (event.isPresent() && event.get().sequence() > delivered) {
        deliver(event.get());
      }
    }
  }

  /** Delivers until the listener returns, it was tried too often, or the subscription ends. */
  private void deliver(HostEvent event) {
    redeliver.succeeded();
    int failures = 0;
    do {
      try {
        MessageEndpoint endpoint = endpoints.createEndpoint(null);
        try {
          ((HostEventListener) endpoint).onEvent(event);
        } finally {
          endpoint.release();
        }
        delivered = event.sequence();
        return;
      } catch (UnavailableException e) {
        LOG.log(INFO, "event {0} waits for its listener: {1}", event.sequence(), e.getMessage());
      } catch (RuntimeException e) {
        if (++failures > redeliveries) {
          LOG.log(ERROR, "the listener failed " + failures + " times, given up: " + event, e);
          delivered = event.sequence();
          return;
        }
        LOG.log(WARNING, "the listener failed, it will get the event again: " + event, e);
      }
    } while (redeliver.pause());
  }
}
