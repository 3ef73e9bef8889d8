package org.mobidesk.infrastructure.lifecycle;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.mobidesk.application.BootstrapUsers;
import org.mobidesk.application.CopyPolicy;
import org.mobidesk.application.GatewayUpkeep;
import org.mobidesk.application.Node;
import org.mobidesk.application.RecoveryPolicy;
import org.mobidesk.application.WorkflowEngine;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.application.port.SessionRepository;

/** Sets a proxy going: first users, location table, workflows that were running, the timer. */
@Singleton
@Startup
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ProxyLifecycle {

  private static final Logger LOG = Logger.getLogger(ProxyLifecycle.class);

  /** How soon a server that is down, or an unanswered step, is noticed. */
  private static final long TICK_MS = 200;

  /** How soon workflows of another proxy that died are taken up. */
  private static final long TAKE_UP_MS = 2000;

  /** How soon the gateway has what another proxy changed. */
  private static final long UPKEEP_MS = 2000;

  /** How soon it is noticed that a copy is due, or that a server is down. */
  private static final long POLICY_MS = 2000;

  @Inject private Node node;
  @Inject private BootstrapUsers bootstrapUsers;
  @Inject private SessionRepository sessions;
  @Inject private LocationTable locations;
  @Inject private WorkflowEngine engine;
  @Inject private GatewayUpkeep gateway;
  @Inject private CopyPolicy copies;
  @Inject private RecoveryPolicy recoveries;
  @Resource private ManagedScheduledExecutorService scheduler;

  private List<ScheduledFuture<?>> timers = List.of();

  @PostConstruct
  void start() {
    if (!node.isProxy()) {
      return;
    }
    bootstrapUsers.create();
    sessions.alive().forEach(s -> locations.prime(s.id(), s.location()));
    engine.takeUpRunning();
    LOG.infof("proxy %s serves; %d workflows are taken up", node.name(), engine.activeCount());
    timers =
        List.of(
            scheduler.scheduleWithFixedDelay(
                logged(engine::onTime), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                logged(engine::takeUpRunning), TAKE_UP_MS, TAKE_UP_MS, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                logged(copies::onTime), POLICY_MS, POLICY_MS, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                logged(recoveries::onTime), POLICY_MS, POLICY_MS, TimeUnit.MILLISECONDS),
            scheduler.scheduleWithFixedDelay(
                logged(gateway::onTime), UPKEEP_MS, UPKEEP_MS, TimeUnit.MILLISECONDS));
  }

  @PreDestroy
  void stop() {
    timers.forEach(t -> t.cancel(false));
  }

  /** A timer whose task throws is never run again; this one is. */
  private static Runnable logged(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.error("the workflow timer; it goes on", e);
      }
    };
  }
}
