package org.mobidesk.ear;

import jakarta.annotation.Priority;
import jakarta.decorator.Decorator;
import jakarta.decorator.Delegate;
import jakarta.enterprise.inject.Any;
import jakarta.inject.Inject;
import jakarta.interceptor.Interceptor;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mobidesk.application.StepCommand;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.CommandSender;

/** A broker that loses each command as long as a file of the node says so. */
@Decorator
@Priority(Interceptor.Priority.APPLICATION + 1)
public abstract class LossySender implements CommandSender {

  static final String FILE = "commands-are-lost";

  @Inject @Delegate @Any private CommandSender sender;

  @Override
  public void send(StepCommand command) throws StepFailed {
    if (!Files.exists(Path.of(System.getProperty("jboss.server.base.dir"), FILE))) {
      sender.send(command);
    }
  }
}
