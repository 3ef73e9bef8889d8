package org.mobidesk.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "logout",
    mixinStandardHelpOptions = true,
    description = "Forgets the token of the last login.")
final class LogoutCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Override
  public Integer call() {
    try (Installation installation = main.open()) {
      installation.logout();
      return ExitCode.OK.status;
    }
  }
}
