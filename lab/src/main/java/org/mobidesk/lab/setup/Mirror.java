package org.mobidesk.lab.setup;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/**
 * The Debian mirror that this machine's apt uses, and the options that it needs to be reached.
 *
 * @param uri of the archive, as in apt's sources
 * @param aptOptions lines of apt.conf
 */
record Mirror(String uri, List<String> aptOptions) {

  static Mirror ofThisMachine() {
    Optional<String> uri = known();
    if (uri.isEmpty()) {
      // Images of Debian come without the lists that name the archive.
      Command.of("apt-get", "-qq", "update").run();
      uri = known();
    }
    List<String> options = new ArrayList<>(List.of("APT::Install-Recommends \"false\";"));
    Command.of("apt-config", "dump")
        .run()
        .out()
        .lines()
        .filter(l -> l.matches("Acquire::(Check-Valid-Until|https?::Proxy.*|Retries) .*"))
        .forEach(options::add);
    return new Mirror(
        uri.orElseThrow(
            () ->
                new LabException(
                    "apt has no source of the Debian archive: see /etc/apt/sources.list and"
                        + " /etc/apt/sources.list.d")),
        List.copyOf(options));
  }

  private static Optional<String> known() {
    return Command.of(
            "apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages")
        .run()
        .out()
        .lines()
        .filter(line -> line.startsWith("Debian "))
        .map(line -> line.substring("Debian ".length()).strip())
        .findFirst();
  }
}
