package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowState;

/** Waits for the end of workflows. */
@ApplicationScoped
public class WorkflowWaits {

  @Inject private WorkflowRepository workflows;

  private final ConcurrentMap<String, CompletableFuture<Workflow>> waiting =
      new ConcurrentHashMap<>();

  void ended(Workflow workflow) {
    CompletableFuture<Workflow> future = waiting.remove(workflow.id());
    if (future != null) {
      future.complete(workflow);
    }
  }

  /**
   * The workflow when it has ended, or as it is after {@code most}.
   *
   * @throws RequestRefused when there is no such workflow
   */
  public Workflow await(String id, Duration most) {
    CompletableFuture<Workflow> end = waiting.computeIfAbsent(id, i -> new CompletableFuture<>());
    Workflow now = load(id);
    if (now.state() != WorkflowState.RUNNING) {
      waiting.remove(id);
      return now;
    }
    if (most.isZero()) {
      return now;
    }
    try {
      return end.get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return load(id);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return load(id);
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for workflow " + id, e);
    }
  }

  private Workflow load(String id) {
    return workflows
        .find(id)
        .orElseThrow(
            () -> {
              waiting.remove(id);
              return new RequestRefused(
                  RequestRefused.Reason.NOT_FOUND,
                  "workflow-unknown",
                  "there is no workflow " + id);
            });
  }
}
