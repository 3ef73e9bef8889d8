package org.mobidesk.lab.node;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.AccessNetwork;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabIpv6;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.CriuTree;
import org.mobidesk.lab.setup.Template;
import org.mobidesk.lab.setup.TemplateImage;

/**
 * A whole MobiDesk on this machine: proxy, two servers, and the outside host, each a host of one
 * run.
 */
public final class Lab {
  private static final Duration BOOT = Duration.ofSeconds(300);
  static final List<String> NODES = List.of(LabNetwork.PROXY, "server1", "server2");

  private final Checkout checkout;
  private final Progress progress;
  private final LabRun run;

  private final Map<String, String> hostLines = new HashMap<>();
  private boolean standby;
  private final List<Consumer<LabRun>> networkParts = new ArrayList<>();

  /** No session is stopped, nor taken from its server, in the middle of what a run tries. */
  private final Map<String, String> properties =
      new HashMap<>(Map.of("mobidesk.session.copy", "PT0S", "mobidesk.session.recover", "PT0S"));

  public Lab(Checkout checkout, Progress progress, LabRun run) {
    this.checkout = checkout;
    this.progress = progress;
    this.run = run;
  }

  /** More lines for the configuration of a host's daemon. */
  public Lab configure(String host, String lines) {
    hostLines.merge(host, lines, String::concat);
    return this;
  }

  /** Sessions get IPv6 beside IPv4. */
  public Lab withIpv6() {
    NODES.forEach(n -> configure(n, LabIpv6.configuration(n)));
    return withNetwork(LabIpv6::add);
  }

  /**
   * A second proxy that can take over the first one's sessions: its host, and its host daemon as
   * gateway, without an application server. {@code sharing} says which of both has their common
   * addresses, and gives one what the other knows of connections.
   */
  public Lab withStandby(Consumer<LabRun> sharing) {
    standby = true;
    return withNetwork(LabNetwork::addStandby).withNetwork(sharing);
  }

  /** More on the network of the run; it is there before the first daemon starts. */
  public Lab withNetwork(Consumer<LabRun> part) {
    networkParts.add(part);
    return this;
  }

  /** A system property of all nodes (docs/operations.md). */
  public Lab property(String name, String value) {
    properties.put(name, value);
    return this;
  }

  /** Each server gets storage of its own, where {@link LabRun#storage(String)} says. */
  public Lab separateStorage() {
    for (String server : LabNetwork.SERVERS) {
      configure(server, "storage_dir = " + run.storage(server) + "\n");
    }
    return this;
  }

  /**
   * Makes what the cache lacks, starts everything, and returns when the proxy serves and both
   * servers have reported.
   */
  public LabAccess start() {
    return start(List.of("xfce"));
  }

  /** As {@link #start()}, with these templates; logins that name none get the first. */
  public LabAccess start(List<String> names) {
    Path criu = CriuTree.make(checkout, progress);
    List<Template> templates =
        names.stream().map(n -> new TemplateImage(checkout, progress).make(n)).toList();
    WildFlyDistribution wildfly = new WildFlyDistribution(checkout);
    Account.ensure();
    Account.mustReach(wildfly.home().resolve("bin/standalone.sh"));
    Map<String, Path> bases =
        Map.of(
            "proxy",
            wildfly.configured("proxy", progress),
            "server",
            wildfly.configured("server", progress));

    progress.say("starting the hosts of run " + run.name());
    Installation installation = Installation.make(checkout, run, templates);
    AccessNetwork access = LabNetwork.start(run);
    networkParts.forEach(part -> part.accept(run));
    OutsideHost outside = new OutsideHost(run);
    outside.start();
    makeImageKeys(wildfly);
    List<String> daemons = new ArrayList<>(NODES);
    if (standby) {
      daemons.add(LabNetwork.STANDBY);
    }
    for (String name : daemons) {
      HostDaemon.start(
          run, LabHost.find(run, name), installation, criu, hostLines.getOrDefault(name, ""));
    }

    Secrets secrets = Secrets.generate();
    LabAccess login = LabAccess.of(access, secrets, run.directory().resolve("keys/ca.crt"));
    makeKeys(wildfly, secrets, access);
    progress.say("starting WildFly on " + String.join(", ", NODES));
    List<WildFlyProcess> servers = new ArrayList<>();
    for (String name : NODES) {
      WildFly node =
          new WildFly(LabHost.find(run, name), wildfly.home(), names.getFirst(), properties);
      node.install(
          bases.get(node.role()),
          run.directory().resolve("keys"),
          installation,
          secrets,
          access,
          login.users());
      servers.add(new WildFlyProcess(name, node.start()));
    }
    login.write(run);
    awaitHealth(login, servers);
    return login;
  }

  private record WildFlyProcess(String host, Process process) {}

  private void makeImageKeys(WildFlyDistribution wildfly) {
    List<String> command = new ArrayList<>();
    command.add(wildfly.script("make-image-keys").toString());
    command.add(HostDaemon.imageKeys(run).toString());
    command.add(HostDaemon.STORAGE_KEY);
    command.addAll(NODES.subList(1, NODES.size()));
    Command.of(command.toArray(String[]::new)).run();
  }

  private void makeKeys(WildFlyDistribution wildfly, Secrets secrets, AccessNetwork access) {
    Path keys = run.directory().resolve("keys");
    Path password = run.directory().resolve("keys.password");
    try {
      Files.createDirectories(keys);
    } catch (IOException e) {
      throw new LabException("cannot make " + keys, e);
    }
    SecretFile.write(password, secrets.keys());
    for (String name : NODES) {
      String names = "IP:" + LabNetwork.tierAddress(name);
      if (name.equals(LabNetwork.PROXY)) {
        names += ",IP:" + access.proxyAddress();
      }
      Command.of(
              "env",
              "JAVA_HOME=" + System.getProperty("java.home"),
              wildfly.script("make-keys").toString(),
              keys.toString(),
              name,
              WildFly.role(name),
              names,
              password.toString())
          .run();
    }
  }

  private void awaitHealth(LabAccess login, List<WildFlyProcess> servers) {
    try (HttpClient client = login.client()) {
      RestApi api = new RestApi(login, client);
      api.await(
          BOOT,
          () -> {
            for (WildFlyProcess s : servers) {
              if (!s.process().isAlive()) {
                throw new LabException(
                    "WildFly of "
                        + s.host()
                        + " ended: "
                        + Logs.tail(LabHost.find(run, s.host()).log("wildfly")));
              }
            }
          });
    }
    progress.say("proxy and servers are up");
  }
}
