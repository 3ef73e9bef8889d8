package org.mobidesk.ear;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * A node of role {@code all} for one run of tests: WildFly configured by the scripts of
 * wildfly-config, at a loopback address of its own, so that two runs side by side do not meet. Who
 * needs a host daemon starts one ({@link HostDaemon}).
 */
public final class TestNode implements LauncherSessionListener {

  static final String USER = "ada";
  static final String PASSWORD = "lovelace";
  static final String ADMINISTRATOR = "grace";
  static final String ADMINISTRATOR_PASSWORD = "hopper";

  /** Other nodes of the installation: their certificates only. */
  static final String PROXY = "proxy1";

  static final String SERVER = "server1";

  private static final String NAME = "node1";
  private static final String SECRET = "test-secret";

  private Path dir;

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (System.getProperty("wildfly.home") == null) {
      return;
    }
    try {
      dir = Files.createTempDirectory("mobidesk-ear-");
      prepare();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    if (dir == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void prepare() throws IOException, InterruptedException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String address =
        "127.%d.%d.%d"
            .formatted(random.nextInt(1, 255), random.nextInt(255), random.nextInt(1, 255));
    Path password = Files.writeString(dir.resolve("password"), SECRET);
    Path config = Path.of(System.getProperty("wildfly.config"));
    for (var node : Map.of(NAME, "all", PROXY, "proxy", SERVER, "server").entrySet()) {
      run(
          config.resolve("make-keys").toString(),
          dir.resolve("keys").toString(),
          node.getKey(),
          node.getValue(),
          "IP:" + address,
          password.toString());
    }
    Path home = dir.resolve("home");
    run(
        config.resolve("install").toString(),
        System.getProperty("wildfly.home"),
        home.resolve("standalone").toString(),
        "all");
    addPlainHttp(home.resolve("standalone/configuration/standalone.xml"));
    linkDistribution(Path.of(System.getProperty("wildfly.home")), home);
    Path properties = Files.write(dir.resolve("node.properties"), properties(address));
    System.setProperty("node.home", home.toString());
    System.setProperty("node.address", address);
    System.setProperty("node.properties", properties.toString());
    System.setProperty("node.ca", dir.resolve("keys/ca.p12").toString());
    System.setProperty("node.keys", dir.resolve("keys").toString());
    System.setProperty("node.secret", SECRET);
    System.setProperty("node.hostd.socket", dir.resolve("hostd.sock").toString());
  }

  /** Arquillian calls tests inside of the server by HTTP, which a node does not have. */
  private static void addPlainHttp(Path configuration) throws IOException {
    String xml = Files.readString(configuration);
    String listener = "<https-listener name=\"https\"";
    if (!xml.contains(listener)) {
      throw new IllegalStateException("no " + listener + " in " + configuration);
    }
    Files.writeString(
        configuration,
        xml.replace(
            listener, "<http-listener name=\"default\" socket-binding=\"http\"/>" + listener));
  }

  /** The distribution with another base directory: Arquillian knows a home only. */
  private static void linkDistribution(Path distribution, Path home) throws IOException {
    try (Stream<Path> parts = Files.list(distribution)) {
      for (Path part : parts.filter(p -> !p.endsWith("standalone")).toList()) {
        Files.createSymbolicLink(home.resolve(part.getFileName()), part);
      }
    }
  }

  private List<String> properties(String address) throws IOException {
    Path users =
        Files.write(
            dir.resolve("users.properties"),
            List.of(
                USER + "=" + PASSWORD + ",user",
                ADMINISTRATOR + "=" + ADMINISTRATOR_PASSWORD + ",administrator"));
    return List.of(
        "mobidesk.role=all",
        "mobidesk.node.name=" + NAME,
        "jboss.node.name=" + NAME,
        "jboss.bind.address.management=" + address,
        "mobidesk.node.address=" + address,
        "mobidesk.public.address=" + address,
        "mobidesk.proxy.address=" + address,
        "mobidesk.hostd.socket=" + dir.resolve("hostd.sock"),
        "mobidesk.native.library=" + System.getProperty("mobidesk.native.library"),
        "mobidesk.tls.keystore=" + dir.resolve("keys/" + NAME + ".p12"),
        "mobidesk.tls.truststore=" + dir.resolve("keys/ca.p12"),
        "mobidesk.tls.password=" + SECRET,
        "mobidesk.db.file=" + dir.resolve("db/mobidesk"),
        "mobidesk.db.password=" + SECRET,
        "mobidesk.broker.password=" + SECRET,
        "mobidesk.cluster.password=" + SECRET,
        "mobidesk.bootstrap.users=" + users);
  }

  static void run(String... command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", command) + " failed:\n" + output);
    }
  }
}
