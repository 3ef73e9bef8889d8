package org.mobidesk.infrastructure.infinispan;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import org.infinispan.Cache;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.domain.model.session.SessionLocation;

/** Locations in the replicated cache: session id to {@link SessionLocation#asText()}. */
@ApplicationScoped
public class InfinispanLocationTable implements LocationTable {

  @Resource(lookup = "java:jboss/infinispan/cache/mobidesk/locations")
  private Cache<String, String> cache;

  @Override
  public void prime(String session, SessionLocation location) {
    cache.putIfAbsent(session, location.asText());
  }

  @Override
  public void reset(String session, SessionLocation location) {
    cache.put(session, location.asText());
  }

  @Override
  public boolean compareAndSet(String session, SessionLocation expected, SessionLocation next) {
    return cache.replace(session, expected.asText(), next.asText())
        || next.asText().equals(cache.get(session));
  }

  @Override
  public void remove(String session) {
    cache.remove(session);
  }
}
