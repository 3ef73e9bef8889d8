package org.mobidesk.wildfly;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The TCP sockets on which a process listens, from /proc. */
final class Listeners {

  /** TCP_LISTEN in the kernel's table. */
  private static final String LISTEN = "0A";

  private Listeners() {}

  /** As ADDRESS:PORT. */
  static Set<String> of(long pid) throws IOException {
    Set<String> sockets;
    try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      sockets = files.map(Listeners::target).collect(Collectors.toSet());
    }
    try (Stream<String> table = Files.lines(Path.of("/proc/" + pid + "/net/tcp"))) {
      return table
          .map(line -> line.strip().split("\\s+"))
          .filter(
              columns ->
                  columns[3].equals(LISTEN) && sockets.contains("socket:[" + columns[9] + "]"))
          .map(columns -> text(columns[1]))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static String target(Path file) {
    try {
      return Files.readSymbolicLink(file).toString();
    } catch (IOException e) {
      return ""; // closed meanwhile
    }
  }

  /** The address is hexadecimal, in the order of a little-endian machine. */
  private static String text(String local) {
    byte[] a = HexFormat.of().parseHex(local.substring(0, 8));
    return (a[3] & 255)
        + "."
        + (a[2] & 255)
        + "."
        + (a[1] & 255)
        + "."
        + (a[0] & 255)
        + ":"
        + HexFormat.fromHexDigits(local.substring(9));
  }
}
