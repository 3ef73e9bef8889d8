package org.mobidesk.ear;

import jakarta.annotation.Priority;
import jakarta.decorator.Decorator;
import jakarta.decorator.Delegate;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.CommandSender;

/**
 * The worst that a broker may do: each command comes three times, the third time after the one that
 * follows it.
 */
@Decorator
@Priority(Interceptor.Priority.APPLICATION)
public abstract class InsistentSender implements CommandSender {

  private static final Map<String, StepCommand> BEFORE = new ConcurrentHashMap<>();

  @Inject @Delegate @Any private CommandSender sender;

  @Override
  public void send(StepCommand command) throws StepFailed {
    sender.send(command);
    sender.send(command);
    StepCommand before = BEFORE.put(command.session().id(), command);
    if (before != null) {
      sender.send(before);
    }
  }
}
