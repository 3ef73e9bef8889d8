package org.mobidesk.lab.host;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.process.Command;

/**
 * The network by which this machine's own programs (viewer, administrator's command) reach the
 * proxy of a run: 198.18.N.0/24, of the range that RFC 2544 sets aside for tests, N being of one
 * run only.
 *
 * @param number N, 1 to 250
 */
public record AccessNetwork(int number) {
  private static final int LAST = 250;

  /** Takes a number that no run has; {@link #release} gives it back. */
  static AccessNetwork take(LabRun run) {
    try {
      Files.createDirectories(LabRun.networks());
      for (int n : IntStream.rangeClosed(1, LAST).toArray()) {
        if (NetworkInterface.getByName(link(n)) != null) {
          // A run that keeps its files elsewhere (in a container of this network) has it.
          continue;
        }
        try {
          Files.writeString(
              Files.createFile(LabRun.networks().resolve(Integer.toString(n))), run.name() + "\n");
          return new AccessNetwork(n);
        } catch (FileAlreadyExistsException e) {
          // Another run has it.
          continue;
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot take an access network in " + LabRun.networks(), e);
    }
    throw new LabException(
        "all " + LAST + " access networks are taken: `./mobidesk down` removes runs");
  }

  /** Removes the link of a run and gives its number back; nothing happens when there is none. */
  static void release(LabRun run) {
    if (!Files.isDirectory(LabRun.networks())) {
      return;
    }
    try (var all = Files.list(LabRun.networks())) {
      for (Path p : all.toList()) {
        if (Files.readString(p).strip().equals(run.name())) {
          AccessNetwork n = new AccessNetwork(Integer.parseInt(p.getFileName().toString()));
          Command.of("ip", "link", "delete", n.link()).attempt();
          Files.delete(p);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot release the access network of run " + run.name(), e);
    }
  }

  /** The link's name on the machine. */
  String link() {
    return link(number);
  }

  private static String link(int number) {
    return "mobidesk" + number;
  }

  public String proxyAddress() {
    return "198.18." + number + ".1";
  }

  String machineAddress() {
    return "198.18." + number + ".254";
  }
}
