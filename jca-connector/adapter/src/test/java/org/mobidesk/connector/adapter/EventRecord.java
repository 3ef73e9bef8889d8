package org.mobidesk.connector.adapter;

import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.mobidesk.connector.HostEvent;

/**
 * The events that reached the listener, in order; those of one session fail as often as they are
 * told to.
 */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
public class EventRecord {

  private final BlockingQueue<HostEvent> events = new LinkedBlockingQueue<>();
  private volatile String failing = "";
  private volatile int failures;

  public void add(HostEvent event) {
    events.add(event);
    if (event.session().equals(failing) && failures-- > 0) {
      throw new IllegalStateException("told to fail");
    }
  }

  /** From now on the first {@code times} deliveries of events of this session fail. */
  public void fail(String session, int times) {
    failures = times;
    failing = session;
  }

  /** Waits for the next event; null after a while. */
  public HostEvent next() throws InterruptedException {
    return events.poll(30, TimeUnit.SECONDS);
  }

  /** What came and was not asked for. */
  public List<HostEvent> rest() {
    return List.copyOf(events);
  }
}
