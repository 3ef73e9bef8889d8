package org.mobidesk.experiment.os;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.mobidesk.lab.LabException;

/** What is measured: system calls by {@code os-calls}, and applications by a script each. */
final class Programs {
  private static final String CALLS = "/var/tmp/os-calls";

  /** A program that prints one number. */
  enum Application {
    APACHE("Apache", "requests/s"),
    COMPILE("parallel compile", "s"),
    POSTMARK("Postmark", "s"),
    DATABASE("PostgreSQL transactions", "transactions/s");

    final String title;
    final String unit;

    Application(String title, String unit) {
      this.title = title;
      this.unit = unit;
    }

    String script() {
      return resource(name().toLowerCase(java.util.Locale.ROOT) + ".sh");
    }
  }

  private final String osCalls;

  /**
   * @param osCalls the statically linked program
   */
  Programs(Path osCalls) {
    try {
      this.osCalls = Base64.getEncoder().encodeToString(Files.readAllBytes(osCalls));
    } catch (IOException e) {
      throw new LabException("cannot read " + osCalls, e);
    }
  }

  /** Brings into a place what is measured there. */
  void install(Place place) {
    place
        .command("/bin/sh", "-c", "base64 -d >" + CALLS + " && chmod 0755 " + CALLS)
        .input(osCalls)
        .run();
    place.command("/bin/sh", "-s").input(resource("prepare.sh")).run();
  }

  /** Nanoseconds of each system call. */
  static Map<String, Double> calls(Place place) {
    Map<String, Double> all = new LinkedHashMap<>();
    place
        .command(CALLS)
        .run()
        .out()
        .lines()
        .map(line -> line.split(" "))
        .forEach(parts -> all.put(parts[0], Double.valueOf(parts[1])));
    return all;
  }

  /** What an application's script prints. */
  static double run(Place place, Application application) {
    String out = place.command("/bin/bash", "-s").input(application.script()).run().text();
    try {
      return Double.parseDouble(out);
    } catch (NumberFormatException e) {
      throw new LabException(
          application.title + " in " + place.name() + " gave no figure but `" + out + "`", e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = Programs.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
