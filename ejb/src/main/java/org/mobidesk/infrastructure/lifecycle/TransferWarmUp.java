package org.mobidesk.infrastructure.lifecycle;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.Resource;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.mobidesk.application.Node;
import org.mobidesk.application.StepFailed;
import org.mobidesk.infrastructure.tier.TransferRehearsal;

/**
 * Rehearses the transfer of an image when a server has started. A Java virtual machine encrypts ten
 * times slower until its compiler has seen the code at work, and the first session to move would
 * stand still for that: 3.0 s of transfer instead of 0.7 s were measured.
 */
@Singleton
@Startup
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class TransferWarmUp {

  private static final Logger LOG = Logger.getLogger(TransferWarmUp.class);

  /** The listeners serve the deployment only when all of it has started. */
  private static final long RETRY_SECONDS = 1;

  private static final int MOST_TRIES = 60;

  @Inject private Node node;
  @Inject private TransferRehearsal rehearsal;
  @Resource private ManagedScheduledExecutorService scheduler;

  private int tries;

  @PostConstruct
  void start() {
    if (node.isServer()) {
      retryLater();
    }
  }

  private void retryLater() {
    scheduler.schedule(this::rehearse, RETRY_SECONDS, TimeUnit.SECONDS);
  }

  private void rehearse() {
    tries++;
    try {
      LOG.infof("rehearsed image transfers with %d MiB", rehearsal.run() >> 20);
    } catch (IOException | StepFailed e) {
      if (tries < MOST_TRIES) {
        retryLater();
      } else {
        LOG.warnf("image transfers were not rehearsed, the first one is slow: %s", e.getMessage());
      }
    }
  }
}
