package org.mobidesk.infrastructure.jms;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Queue;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.Node;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.CommandSender;
import org.mobidesk.domain.model.workflow.FailureCode;

/** Commands to servers as messages. */
@ApplicationScoped
public class JmsCommandSender implements CommandSender {

  /** A step that was not taken up by then is sent again by the engine, with another attempt. */
  private static final Duration LIFE_OF_STEP = Duration.ofSeconds(4);

  /** The command's own time, and some for the way. */
  private static final Duration MOST_EXEC = Duration.ofSeconds(ExecRequest.MAX_SECONDS + 5L);

  @Inject private Messages messages;
  @Inject private Node node;

  @Resource(lookup = Destinations.SERVER_COMMANDS)
  private Queue commands;

  private final ConcurrentMap<String, CompletableFuture<String>> executions =
      new ConcurrentHashMap<>();

  @Override
  public void send(StepCommand command) throws StepFailed {
    String correlation = command.workflow() + "/" + command.order() + "/" + command.attempt();
    Map<String, String> properties =
        Map.of(Destinations.TARGET, command.server(), Destinations.KIND, Destinations.STEP);
    send(MessageCodec.encode(command), correlation, properties, LIFE_OF_STEP);
  }

  @Override
  public ExecResult exec(String server, ExecRequest request) throws StepFailed {
    String id = UUID.randomUUID().toString();
    CompletableFuture<String> answer = new CompletableFuture<>();
    executions.put(id, answer);
    try {
      Map<String, String> properties =
          Map.of(
              Destinations.TARGET,
              server,
              Destinations.KIND,
              Destinations.EXEC,
              Destinations.PROXY,
              node.name());
      send(MessageCodec.encode(request), id, properties, LIFE_OF_STEP);
      return MessageCodec.decodeExecResult(answer.get(MOST_EXEC.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      throw new StepFailed(
          FailureCode.OVERDUE,
          "server " + server + " did not answer within " + MOST_EXEC.toSeconds() + " s",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StepFailed(FailureCode.TIMEOUT, "this proxy is being stopped", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a command in a session", e);
    } finally {
      executions.remove(id);
    }
  }

  /** Takes the answer to an execution. */
  void answered(String id, String text) {
    CompletableFuture<String> answer = executions.get(id);
    if (answer != null) {
      answer.complete(text);
    }
  }

  private void send(String text, String correlation, Map<String, String> properties, Duration life)
      throws StepFailed {
    try {
      messages.send(commands, text, correlation, properties, life);
    } catch (JMSRuntimeException e) {
      throw new StepFailed(
          FailureCode.UNREACHABLE, "sending a command to the broker: " + e.getMessage(), e);
    }
  }
}
