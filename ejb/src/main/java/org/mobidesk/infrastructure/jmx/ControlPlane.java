package org.mobidesk.infrastructure.jmx;

import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionAttribute;
import jakarta.ejb.TransactionAttributeType;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.StandardMBean;
import org.mobidesk.application.Node;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.application.WorkflowEngine;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.application.port.WorkflowRepository;

/** Publishes the counts at a proxy. */
@Singleton
@Startup
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionAttribute(TransactionAttributeType.NOT_SUPPORTED)
public class ControlPlane implements ControlPlaneMXBean {

  private static final String NAME = "org.mobidesk:type=ControlPlane";

  @Inject private Node node;
  @Inject private SessionRepository sessions;
  @Inject private WorkflowRepository workflows;
  @Inject private WorkflowEngine engine;
  @Inject private ServerDirectory servers;

  private ObjectName registered;

  @PostConstruct
  void register() {
    if (!node.isProxy()) {
      return;
    }
    try {
      ObjectName name = new ObjectName(NAME);
      ManagementFactory.getPlatformMBeanServer()
          .registerMBean(new StandardMBean(this, ControlPlaneMXBean.class, true), name);
      registered = name;
    } catch (JMException e) {
      throw new IllegalStateException("registering " + NAME, e);
    }
  }

  @PreDestroy
  void unregister() {
    if (registered != null) {
      try {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
      } catch (JMException e) {
        throw new IllegalStateException("unregistering " + NAME, e);
      }
    }
  }

  @Override
  public Map<String, Long> getSessionsByState() {
    return sessions.list().stream()
        .map(s -> s.state().name().toLowerCase(Locale.ROOT))
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  @Override
  public Map<String, Long> getWorkflowsByState() {
    return workflows.counts();
  }

  @Override
  public int getActiveWorkflows() {
    return engine.activeCount();
  }

  @Override
  public Map<String, String> getServers() {
    Instant now = Instant.now();
    return servers.all().stream()
        .collect(
            Collectors.toMap(
                s -> s.name(),
                s -> s.state(now).name().toLowerCase(Locale.ROOT),
                (a, b) -> b,
                TreeMap::new));
  }
}
