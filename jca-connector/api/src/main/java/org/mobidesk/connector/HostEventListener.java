package org.mobidesk.connector;

/**
 * What a message-driven bean implements to be told of the events of this node's host daemon.
 *
 * <p>Events come in order, each at least once: one is repeated when the listener threw, and after a
 * restart of this application server all that the daemon still remembers come again. Tell
 * repetitions by {@link HostEvent#sequence()}.
 */
public interface HostEventListener {

  /** Called by one thread at a time. An exception makes the event come again, after a pause. */
  void onEvent(HostEvent event);
}
