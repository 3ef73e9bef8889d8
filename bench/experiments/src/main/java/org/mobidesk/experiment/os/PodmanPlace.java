package org.mobidesk.experiment.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mobidesk.lab.process.Command;

/** A container of podman with its default confinement, on another overlay of the template. */
final class PodmanPlace implements Place, AutoCloseable {
  private final String container;
  private final List<String> podman;

  /**
   * Starts the container.
   *
   * @param root a writable directory with the template's files, for this container alone
   * @param state where podman keeps its records; nothing of it is on the machine afterwards
   */
  PodmanPlace(String container, Path root, Path state) {
    this.container = container;
    this.podman =
        List.of(
            "podman",
            "--runtime=runc",
            "--root=" + state.resolve("storage"),
            "--runroot=" + state.resolve("run"),
            "--tmpdir=" + state.resolve("tmp"),
            "--cgroup-manager=cgroupfs",
            "--events-backend=none");
    podman(
            "run",
            "--detach",
            "--name=" + container,
            "--network=none",
            "--shm-size=256m",
            "--ulimit=nofile=1024:1024",
            "--ulimit=nproc=4096:4096",
            "--pids-limit=4096",
            "--rootfs",
            root.toString(),
            "sleep",
            "infinity")
        .run();
  }

  private Command podman(String... words) {
    return Command.of(podman).with(List.of(words));
  }

  @Override
  public String name() {
    return "podman";
  }

  @Override
  public Command command(String... words) {
    List<String> all = new ArrayList<>(List.of("exec", "--interactive", container));
    all.addAll(List.of(words));
    return Command.of(podman).with(all);
  }

  @Override
  public void close() {
    podman("rm", "--force", "--time=0", container).attempt();
  }
}
