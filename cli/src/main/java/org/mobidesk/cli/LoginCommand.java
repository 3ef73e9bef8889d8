package org.mobidesk.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

@Command(
    name = "login",
    mixinStandardHelpOptions = true,
    description = "Logs in as an administrator; the token is kept for later commands.")
final class LoginCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Parameters(arity = "0..1", paramLabel = "USER", description = "Whom to log in as.")
  private String user;

  @Override
  public Integer call() {
    try (Installation installation = main.open()) {
      main.out().println("logged in as " + installation.login(Optional.ofNullable(user)));
      main.out().flush();
      return ExitCode.OK.status;
    }
  }
}
