package org.mobidesk.lab.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.CriuTree;
import org.mobidesk.lab.setup.Template;

/**
 * The hosts of a run with their host daemons and nothing above them: for what concerns sessions
 * themselves and not who controls them. Sessions are made by {@code mobidesk-hostctl}.
 */
public final class DaemonLab {
  private final LabRun run;
  private final Path hostctl;

  private DaemonLab(LabRun run, Path hostctl) {
    this.run = run;
    this.hostctl = hostctl;
  }

  /** Starts the network and, on the proxy and all servers, the host daemon. */
  public static DaemonLab start(
      Checkout checkout, Progress progress, LabRun run, List<Template> templates) {
    Path criu = CriuTree.make(checkout, progress);
    Account.ensure();
    progress.say("starting the hosts of run " + run.name());
    Installation installation = Installation.make(checkout, run, templates);
    LabNetwork.start(run);
    List<String> names = new ArrayList<>(List.of(LabNetwork.PROXY));
    names.addAll(LabNetwork.SERVERS);
    for (String name : names) {
      HostDaemon.start(run, LabHost.find(run, name), installation, criu, "");
    }
    return new DaemonLab(run, HostDaemon.controlProgram(checkout));
  }

  public LabHost host(String name) {
    return LabHost.find(run, name);
  }

  /** {@code mobidesk-hostctl} to the daemon of {@code host}; see its {@code --help}. */
  public Command hostctl(String host, String... words) {
    return HostDaemon.control(hostctl, host(host)).with(List.of(words));
  }
}
