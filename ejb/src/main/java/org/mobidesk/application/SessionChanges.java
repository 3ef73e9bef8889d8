package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.mobidesk.domain.model.session.Session;

/**
 * Tells those who watch a session of each change, once the change is stored. Listeners are called
 * by the thread that made the change, which may be inside of a freeze: they must not block.
 */
@ApplicationScoped
public class SessionChanges {

  private final ConcurrentMap<String, List<Consumer<Session>>> listeners =
      new ConcurrentHashMap<>();

  /** Ends a subscription. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  public Subscription subscribe(String session, Consumer<Session> listener) {
    listeners.computeIfAbsent(session, id -> new CopyOnWriteArrayList<>()).add(listener);
    return () ->
        listeners.computeIfPresent(
            session,
            (id, list) -> {
              list.remove(listener);
              return list.isEmpty() ? null : list;
            });
  }

  /** Tells of the session as it is now. */
  public void publish(Session session) {
    listeners.getOrDefault(session.id(), List.of()).forEach(l -> l.accept(session));
  }
}
