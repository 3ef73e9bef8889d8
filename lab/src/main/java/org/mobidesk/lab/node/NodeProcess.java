package org.mobidesk.lab.node;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.Predicate;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.process.Command;

/**
 * The application server or the host daemon of a host, as it runs now: one that was killed is
 * started again as another process.
 */
public record NodeProcess(ProcessHandle handle) {

  /** The virtual machine of WildFly. */
  public static Optional<NodeProcess> wildFly(LabHost host) {
    return first(
        host, i -> i.command().orElse("").endsWith("/java") && contains(i, "-D[Standalone]"));
  }

  /** The host daemon; its own children are younger than it. */
  public static Optional<NodeProcess> hostDaemon(LabHost host) {
    return first(host, i -> i.command().orElse("").endsWith("/mobidesk-hostd"));
  }

  private static boolean contains(ProcessHandle.Info info, String word) {
    return info.arguments().map(a -> String.join(" ", a)).orElse("").contains(word);
  }

  private static Optional<NodeProcess> first(LabHost host, Predicate<ProcessHandle.Info> which) {
    return host.processes().stream()
        .filter(p -> which.test(p.info()))
        .min(Comparator.comparing(p -> p.info().startInstant().orElseThrow()))
        .map(NodeProcess::new);
  }

  /** As a crash would. */
  public void kill() {
    handle.destroyForcibly();
    handle.onExit().join();
  }

  /** It does nothing until {@link #goOn}. */
  public void stop() {
    signal("STOP");
  }

  public void goOn() {
    signal("CONT");
  }

  private void signal(String name) {
    if (Command.of("kill", "-" + name, Long.toString(handle.pid())).attempt().exit() != 0) {
      throw new LabException("process " + handle.pid() + " has ended: no signal " + name);
    }
  }
}
