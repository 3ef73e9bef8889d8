package org.mobidesk.infrastructure.jca;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.Node;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.SessionHost;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostException.Code;
import org.mobidesk.connector.HostInfo;
import org.mobidesk.connector.SessionInfo;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.SessionSighting;
import org.mobidesk.domain.model.server.SessionSighting.HostState;
import org.mobidesk.domain.model.server.Template;

/** The host daemon of this server through the resource adapter. */
@ApplicationScoped
public class JcaSessionHost implements SessionHost {

  /** The daemon serializes what is done with a session: it is asked again while it is busy. */
  private static final Duration MOST_BUSY = Duration.ofSeconds(10);

  private static final long BUSY_PAUSE_MS = 20;

  @Resource(lookup = HostConnectionFactory.JNDI_NAME)
  private HostConnectionFactory factory;

  @Inject private Node node;
  @Inject private HostSteps steps;
  @Inject private HostCommands commands;

  @Override
  public Map<String, Long> perform(StepCommand command) throws StepFailed {
    long deadline = System.nanoTime() + MOST_BUSY.toNanos();
    while (true) {
      try (HostConnection host = factory.getConnection()) {
        return steps.perform(host, command);
      } catch (HostException e) {
        if (e.code() != Code.BUSY || System.nanoTime() > deadline) {
          throw HostFailures.failed(e);
        }
        pause();
      }
    }
  }

  @Override
  public ServerReport report() {
    try (HostConnection host = factory.getConnection()) {
      HostInfo info = host.hostInfo();
      List<Template> templates =
          host.templates().stream()
              .map(t -> new Template(t.id(), t.name(), t.version(), t.unfit()))
              .toList();
      List<SessionSighting> sessions =
          host.sessions().stream().map(JcaSessionHost::sighting).toList();
      return new ServerReport(
          node.name(),
          node.address(),
          null,
          info.kernel(),
          info.needs(),
          info.cpus(),
          info.memoryBytes(),
          info.memoryAvailableBytes(),
          info.imageFreeBytes(),
          info.storageFreeBytes(),
          templates,
          sessions);
    } catch (HostException e) {
      String failure = "its host daemon does not answer: " + e.getMessage();
      return new ServerReport(
          node.name(), node.address(), failure, "", null, 0, 0, 0, 0, 0, List.of(), List.of());
    }
  }

  @Override
  public SocketChannel attach(String session) throws StepFailed {
    return ask(host -> host.attach(session));
  }

  @Override
  public SocketChannel importImage(String session, long epoch) throws StepFailed {
    return ask(host -> host.importImage(session, epoch));
  }

  @Override
  public boolean awaitsDisk(String session, long epoch) throws StepFailed {
    return ask(host -> host.awaitsDisk(session, epoch));
  }

  @Override
  public SocketChannel importDisk(String session, long epoch) throws StepFailed {
    return ask(host -> host.importDisk(session, epoch));
  }

  @Override
  public ExecResult exec(ExecRequest request) throws StepFailed {
    return ask(host -> commands.run(host, request));
  }

  private interface Question<T> {
    T to(HostConnection host) throws HostException, StepFailed;
  }

  private <T> T ask(Question<T> question) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      return question.to(host);
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }

  private static SessionSighting sighting(SessionInfo s) {
    return new SessionSighting(
        s.id(),
        HostState.valueOf(s.state().name()),
        s.epoch(),
        s.processes(),
        s.viewers(),
        s.memoryBytes(),
        s.diskBytes());
  }

  private static void pause() throws StepFailed {
    try {
      Thread.sleep(BUSY_PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed(
          org.mobidesk.domain.model.workflow.FailureCode.TIMEOUT,
          "this server is being stopped",
          e);
    }
  }
}
