package org.mobidesk.experiment.os;

import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.process.Command;

/**
 * The plain machine, on a host of the lab without anything of a session: a chroot into a writable
 * overlay of the template, as the paper did.
 */
record ChrootPlace(LabHost host, String root) implements Place {

  @Override
  public String name() {
    return "plain machine";
  }

  @Override
  public Command command(String... words) {
    List<String> all = new ArrayList<>(List.of("chroot", root, "/usr/bin/env", "-i", "HOME=/root"));
    all.add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    all.addAll(List.of(words));
    return host.command(all.toArray(String[]::new));
  }
}
