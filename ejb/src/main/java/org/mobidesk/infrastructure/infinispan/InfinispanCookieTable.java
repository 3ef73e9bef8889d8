package org.mobidesk.infrastructure.infinispan;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Optional;
import org.infinispan.Cache;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.infrastructure.jpa.CookieRows;

/** Cookies in the replicated cache, hash to session id, with their durable copy in the database. */
@ApplicationScoped
public class InfinispanCookieTable implements CookieTable {

  @Resource(lookup = "java:jboss/infinispan/cache/mobidesk/cookies")
  private Cache<String, String> cache;

  @Inject private CookieRows rows;

  @Override
  public void add(String hash, String session) {
    rows.add(hash, session);
    cache.put(hash, session);
  }

  @Override
  public Optional<String> sessionOf(String hash) {
    String session = cache.get(hash);
    if (session != null) {
      return Optional.of(session);
    }
    Optional<String> stored = rows.sessionOf(hash);
    stored.ifPresent(s -> cache.put(hash, s));
    return stored;
  }

  @Override
  public void use(String hash, boolean alone) {
    rows.use(hash, alone).forEach(cache::remove);
  }

  @Override
  public void removeAllOf(String session) {
    rows.removeAllOf(session).forEach(cache::remove);
  }
}
