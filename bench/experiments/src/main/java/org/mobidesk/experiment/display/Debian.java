package org.mobidesk.experiment.display;

import java.util.Arrays;
import org.mobidesk.lab.process.Command;

/** What is installed here. */
final class Debian {
  private Debian() {}

  /** Version of a package, or "none". */
  static String version(String name) {
    Command.Result found =
        Command.of("dpkg-query", "-W", "-f=${db:Status-Status} ${Version}", name).attempt();
    return found.exit() == 0 && found.text().startsWith("installed ")
        ? found.text().substring("installed ".length())
        : "none";
  }

  /** Those that are not installed, with a blank between; empty when all are. */
  static String missing(String... names) {
    return String.join(" ", Arrays.stream(names).filter(n -> version(n).equals("none")).toList());
  }
}
