package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.AccessNetwork;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.process.Command;

/** The application server of one host: its base directory, its properties, and its process. */
final class WildFly {
  static final String SESSION_NETWORK = "10.74.0.0/16";
  private static final String HEAP = "384m";
  private static final String BASE = "/var/lib/mobidesk/wildfly";

  private final LabHost host;
  private final Path distribution;
  private final String template;
  private final Map<String, String> more;
  private final boolean proxy;

  /**
   * @param template name of the template of a login that names none
   * @param more system properties
   */
  WildFly(LabHost host, Path distribution, String template, Map<String, String> more) {
    this.host = host;
    this.distribution = distribution;
    this.template = template;
    this.more = more;
    this.proxy = host.name().equals(LabNetwork.PROXY);
  }

  String role() {
    return role(host.name());
  }

  static String role(String host) {
    return host.equals(LabNetwork.PROXY) ? "proxy" : "server";
  }

  /**
   * Puts everything in its place.
   *
   * @param configured a base directory that the installation script made for this role
   * @param keys directory of the run's keys
   */
  void install(
      Path configured,
      Path keys,
      Installation installation,
      Secrets secrets,
      AccessNetwork access,
      String users) {
    Path etc = host.etc();
    try {
      Command.of("cp", "-a", configured.toString(), base().toString()).run();
      Files.createDirectories(base().resolve("deployments"));
      Files.copy(
          installation.ear(),
          base().resolve("deployments/mobidesk.ear"),
          StandardCopyOption.REPLACE_EXISTING);
      Command.of("chown", "-R", Account.NAME + ":" + Account.NAME, base().toString()).run();
      Files.createDirectories(host.files().resolve("db"));
      Account.own(host.files().resolve("db"));
      for (var key : Map.of(host.name() + ".p12", "node.p12", "ca.p12", "ca.p12").entrySet()) {
        Path to = etc.resolve(key.getValue());
        Files.copy(keys.resolve(key.getKey()), to, StandardCopyOption.REPLACE_EXISTING);
        Account.own(to);
      }
    } catch (IOException e) {
      throw new LabException("cannot install WildFly on host " + host.name(), e);
    }
    Account.writeSecret(etc.resolve("node.properties"), properties(installation, secrets, access));
    if (proxy) {
      Account.writeSecret(etc.resolve("users.properties"), users);
    }
  }

  private Path base() {
    return host.files().resolve("wildfly");
  }

  private String properties(Installation installation, Secrets secrets, AccessNetwork access) {
    Map<String, String> p = new TreeMap<>(more);
    p.put("mobidesk.role", role());
    p.put("mobidesk.node.name", host.name());
    p.put("jboss.node.name", host.name());
    p.put("mobidesk.node.address", LabNetwork.tierAddress(host.name()));
    p.put("mobidesk.proxy.address", LabNetwork.tierAddress(LabNetwork.PROXY));
    p.put("mobidesk.hostd.socket", "/run/mobidesk/hostd.sock");
    p.put("mobidesk.native.library", installation.library().toString());
    p.put("mobidesk.tls.keystore", "/etc/mobidesk/node.p12");
    p.put("mobidesk.tls.truststore", "/etc/mobidesk/ca.p12");
    p.put("mobidesk.tls.password", secrets.keys());
    p.put("mobidesk.broker.password", secrets.broker());
    p.put("mobidesk.cluster.password", secrets.cluster());
    p.put("mobidesk.session.network", SESSION_NETWORK);
    p.put("mobidesk.template.default", template);
    if (proxy) {
      p.put("mobidesk.public.address", access.proxyAddress());
      p.put("mobidesk.db.file", "/var/lib/mobidesk/db/mobidesk");
      p.put("mobidesk.db.password", secrets.database());
      p.put("mobidesk.bootstrap.users", "/etc/mobidesk/users.properties");
    }
    return p.entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue() + "\n")
        .collect(Collectors.joining());
  }

  /** Starts it and returns at once; whether it serves, its health shows. */
  Process start() {
    return host.service(
        "wildfly",
        List.of(
            "setpriv",
            "--reuid",
            Account.NAME,
            "--regid",
            Account.NAME,
            "--clear-groups",
            "env",
            "--chdir=/var/lib/mobidesk",
            "JAVA_HOME=" + System.getProperty("java.home"),
            "MOBIDESK_HEAP=" + HEAP,
            "RUN_CONF=" + BASE + "/node.conf",
            "JBOSS_PIDFILE=" + BASE + "/pid",
            distribution.resolve("bin/standalone.sh").toString(),
            "-Djboss.server.base.dir=" + BASE,
            "-P",
            "/etc/mobidesk/node.properties"));
  }
}
