package org.mobidesk.infrastructure.jms;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Queue;
import jakarta.json.Json;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.mobidesk.application.port.ReportSender;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.workflow.StepOutcome;

/**
 * Reports of a server as messages. Without a broker they are lost: the proxy asks again, and the
 * log says once that it is gone and once that it is back.
 */
@ApplicationScoped
public class JmsReportSender implements ReportSender {

  private static final Logger LOG = Logger.getLogger(JmsReportSender.class);

  /** An answer is of use until its step is overdue. */
  private static final Duration LIFE_OF_OUTCOME = Duration.ofSeconds(60);

  @Inject private Messages messages;

  @Resource(lookup = Destinations.SERVER_REPORTS)
  private Queue reports;

  private final AtomicBoolean brokerGone = new AtomicBoolean();

  @Override
  public void outcome(String server, StepOutcome outcome) {
    String correlation = outcome.workflow() + "/" + outcome.order() + "/" + outcome.attempt();
    send(server, Destinations.OUTCOME, MessageCodec.encode(outcome), correlation, LIFE_OF_OUTCOME);
  }

  @Override
  public void heartbeat(ServerReport report) {
    send(
        report.server(),
        Destinations.HEARTBEAT,
        ReportCodec.encode(report),
        report.server(),
        Server.SILENCE);
  }

  @Override
  public void sessionEnded(String server, String session, long epoch, String message) {
    news(server, Destinations.SESSION_ENDED, session, epoch, message);
  }

  @Override
  public void imageRefused(String server, String session, long epoch, String message) {
    news(server, Destinations.IMAGE_REFUSED, session, epoch, message);
  }

  private void news(String server, String kind, String session, long epoch, String message) {
    String text =
        Json.createObjectBuilder()
            .add("session", session)
            .add("epoch", epoch)
            .add("message", message)
            .build()
            .toString();
    send(server, kind, text, session, LIFE_OF_OUTCOME);
  }

  /** The answer to an execution that a proxy waits for. */
  void execResult(String server, String proxy, String id, String text) {
    Map<String, String> properties =
        Map.of(
            Destinations.SERVER,
            server,
            Destinations.KIND,
            Destinations.EXEC_RESULT,
            Destinations.PROXY,
            proxy);
    send(text, id, properties, LIFE_OF_OUTCOME);
  }

  private void send(String server, String kind, String text, String correlation, Duration life) {
    send(text, correlation, Map.of(Destinations.SERVER, server, Destinations.KIND, kind), life);
  }

  private void send(
      String text, String correlation, Map<String, String> properties, Duration life) {
    try {
      messages.send(reports, text, correlation, properties, life);
      if (brokerGone.getAndSet(false)) {
        LOG.info("the broker of the proxy is back");
      }
    } catch (JMSRuntimeException e) {
      if (!brokerGone.getAndSet(true)) {
        LOG.warnf("the broker of the proxy cannot be reached: %s", e.getMessage());
      }
    }
  }
}
