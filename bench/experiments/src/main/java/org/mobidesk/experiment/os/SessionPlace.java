package org.mobidesk.experiment.os;

import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.node.DaemonLab;
import org.mobidesk.lab.process.Command;

/** A session with its desktop, as users have it. */
record SessionPlace(DaemonLab lab, String server, String id) implements Place {

  /** Makes the session; it goes with the lab. */
  static SessionPlace make(DaemonLab lab, String server, String template) {
    String id = "measured";
    lab.hostctl(server, "create", id, template, "user", "10.74.0.20").run();
    return new SessionPlace(lab, server, id);
  }

  @Override
  public String name() {
    return "MobiDesk";
  }

  @Override
  public Command command(String... words) {
    List<String> all = new ArrayList<>(List.of("--root", id));
    all.addAll(List.of(words));
    return lab.hostctl(server, "exec").with(all);
  }
}
