package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/** {@code mobidesk-hostd} on a host of a run. */
final class HostDaemon {
  /** The name of the key that kept images are encrypted with. */
  static final String STORAGE_KEY = "lab";

  private static final Duration START = Duration.ofSeconds(30);

  private HostDaemon() {}

  /** Where each session server of a run has the keys of its images. */
  static Path imageKeys(LabRun run) {
    return run.directory().resolve("image-keys");
  }

  /** What the host daemons of a run know each other by; made when the first one is started. */
  private static Path networkKey(LabRun run) {
    Path key = run.directory().resolve("keys").resolve("network.key");
    if (!Files.exists(key)) {
      byte[] random = new byte[32];
      new SecureRandom().nextBytes(random);
      try {
        Files.createDirectories(key.getParent());
      } catch (IOException e) {
        throw new LabException("cannot make " + key.getParent(), e);
      }
      SecretFile.write(key, HexFormat.of().formatHex(random));
    }
    return key;
  }

  /** {@code mobidesk-hostctl}. */
  static Path controlProgram(Checkout checkout) {
    return checkout.built("native/target/meson/tools/mobidesk-hostctl");
  }

  /** {@code mobidesk-hostctl} to the daemon of a host, without its words. */
  static Command control(Path program, LabHost host) {
    return Command.of(
        program.toString(), "--socket", host.runtime().resolve("hostd.sock").toString());
  }

  /** Starts the daemon, with {@code more} lines of configuration, and waits until it serves. */
  static void start(
      LabRun run, LabHost host, Installation installation, Path criuTree, String more) {
    boolean gateway = LabNetwork.isProxy(host.name());
    String config =
        """
        instance = %s-%s
        role = %s
        templates_dir = %s
        storage_dir = %s
        criu_tree = %s
        keys_dir = %s
        storage_key = %s
        session_network = %s
        gateway_address = %s
        gateway_interface = %s
        physical_pool = %s
        closed_networks = %s
        network_key = %s
        allow_users = %s
        """
            .formatted(
                run.name(),
                host.name(),
                gateway ? "gateway" : "server",
                installation.templates(),
                run.storage(),
                criuTree,
                imageKeys(run).resolve(host.name()),
                STORAGE_KEY,
                WildFly.SESSION_NETWORK,
                gateway ? "" : LabNetwork.tierAddress(LabNetwork.PROXY),
                gateway ? LabNetwork.OUTSIDE_LINK : "",
                gateway ? "" : LabNetwork.physicalPool(host.name()),
                gateway ? "" : LabNetwork.TIER,
                networkKey(run),
                Account.NAME);
    try {
      Files.createDirectories(run.storage());
      Files.writeString(host.etc().resolve("hostd.conf"), config + more);
    } catch (IOException e) {
      throw new LabException(
          "cannot write the configuration of the host daemon of " + host.name(), e);
    }
    Process p =
        host.service(
            "hostd",
            List.of(installation.hostDaemon().toString(), "--config", "/etc/mobidesk/hostd.conf"));
    Path socket = host.runtime().resolve("hostd.sock");
    Waiting.until(
        "the host daemon of " + host.name() + " (log: " + host.log("hostd") + ")",
        START,
        () -> Waiting.listens(socket) || !p.isAlive());
    if (!p.isAlive()) {
      throw new LabException(
          "the host daemon of " + host.name() + " ended: " + Logs.tail(host.log("hostd")));
    }
  }
}
