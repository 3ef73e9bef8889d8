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
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.mobidesk.application.Node;
import org.mobidesk.application.port.ReportSender;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.domain.model.server.Server;

/** Sets a session server going: it reports itself to the proxies. */
@Singleton
@Startup
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ServerLifecycle {

  private static final Logger LOG = Logger.getLogger(ServerLifecycle.class);

  @Inject private Node node;
  @Inject private SessionHost host;
  @Inject private ReportSender reports;
  @Resource private ManagedScheduledExecutorService scheduler;

  private ScheduledFuture<?> timer;

  @PostConstruct
  void start() {
    if (node.isServer()) {
      LOG.infof("server %s reports itself to the proxies", node.name());
      long period = Server.HEARTBEAT.toMillis();
      timer = scheduler.scheduleAtFixedRate(this::report, 0, period, TimeUnit.MILLISECONDS);
    }
  }

  @PreDestroy
  void stop() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void report() {
    try {
      reports.heartbeat(host.report());
    } catch (RuntimeException e) {
      LOG.error("reporting this server; it goes on", e);
    }
  }
}
