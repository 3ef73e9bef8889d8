package org.mobidesk.lab.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/** WildFly, unpacked by the build and configured for each role once; both are kept in the cache. */
final class WildFlyDistribution {
  private final Checkout checkout;
  private final Path home;

  WildFlyDistribution(Checkout checkout) {
    this.checkout = checkout;
    this.home = checkout.cache().resolve("wildfly-" + version());
    if (!Files.isExecutable(home.resolve("bin/standalone.sh"))) {
      throw new LabException(home + " has no WildFly: `mvn -DskipTests package` unpacks it");
    }
  }

  /** The one that the build has unpacked. */
  private static String version() {
    Properties p = new Properties();
    try (InputStream in = Progress.class.getResourceAsStream("versions.properties")) {
      p.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return p.getProperty("wildfly.version");
  }

  Path home() {
    return home;
  }

  Path script(String name) {
    return checkout.built("wildfly-config/" + name);
  }

  /** A base directory for {@code role}; the script does nothing when it is as it should be. */
  Path configured(String role, Progress progress) {
    Path base = checkout.cache().resolve("wildfly-base-" + role);
    progress.say("configuring WildFly as a " + role);
    try {
      Files.createDirectories(base);
    } catch (IOException e) {
      throw new LabException("cannot make " + base, e);
    }
    Command.of(
            "env",
            "JAVA_HOME=" + System.getProperty("java.home"),
            script("install").toString(),
            home.toString(),
            base.toString(),
            role)
        .run();
    return base;
  }
}
