package org.mobidesk.lab.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabNetwork;

/**
 * A client of the numbered service inside of a session, and the evidence that nothing on its one
 * connection was lost.
 */
public final class NumberClient {
  /** What starts it, in the session user's home. */
  public static final String COMMAND =
      "./numbers " + LabNetwork.OUTSIDE_ADDRESS + " " + NumberService.PORT;

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration GOING_ON = Duration.ofSeconds(120);

  /** Numbers that come after something happened: more than could be in buffers on the way. */
  private static final long MORE = 400;

  private static final String SCRIPT =
      """
      #!/usr/bin/perl
      # Writes each numbered line down, sends it back, and shows every twentieth. Arguments: address, port.
      use strict;
      use IO::Handle;
      use IO::Socket::INET;

      my $service = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1]) or die $@;
      open my $log, '>', 'numbers.log' or die $!;
      $_->autoflush(1) for $log, \\*STDOUT;
      while (my $line = <$service>) {
        print $log $line;
        syswrite $service, $line;
        print "number $line" if $line % 20 == 0;
      }
      """;

  private final SessionShell shell;
  private final OutsideHost outside;

  public NumberClient(SessionShell shell, OutsideHost outside) {
    this.shell = shell;
    this.outside = outside;
  }

  /** Puts the program there. */
  public void install() {
    shell.write("numbers", SCRIPT, "755");
  }

  /** Starts it without a terminal, as a process of its own that goes on. */
  public void start() {
    shell.run("setsid " + COMMAND + " </dev/null >/dev/null 2>&1 &");
    awaitStart();
  }

  /** Waits for the first number. */
  public void awaitStart() {
    Waiting.until(
        "the client of the numbered service",
        START,
        () -> shell.attempt("test -s numbers.log").exit() == 0);
  }

  /**
   * Nothing is missing, doubled or out of order, and the connection was never ended.
   *
   * @return how many numbers came
   */
  public long whole() {
    // The last line may be half written.
    String last =
        shell
            .run(
                "head -n -1 numbers.log | awk '$1 != NR { print \"line \" NR \" is \" $1; bad = 1; exit 1 } END { if (!bad) print NR }'")
            .strip();
    String ends = endsOfConnections();
    if (!ends.isEmpty()) {
      throw new LabException("the numbered service saw its connection end: " + ends);
    }
    return Long.parseLong(last);
  }

  /** Waits until numbers come that were not yet sent now, and looks whether all came. */
  public long goesOn() {
    long now = whole();
    Waiting.until(
        "numbers beyond " + (now + MORE) + " in the session",
        GOING_ON,
        () -> Long.parseLong(shell.run("wc -l <numbers.log").strip()) > now + MORE);
    return whole();
  }

  /** What the log says of the end of the newest connection. */
  private String endsOfConnections() {
    Path log = outside.numbersLog();
    try {
      List<String> lines = Files.readAllLines(log);
      int newest = 0;
      for (int i = 0; i < lines.size(); i++) {
        newest = lines.get(i).startsWith("open ") ? i : newest;
      }
      String connection = lines.get(newest).split(" ")[1];
      return lines.subList(newest, lines.size()).stream()
          .filter(
              l ->
                  l.startsWith("end " + connection + " ")
                      || l.startsWith("stop " + connection + " "))
          .collect(Collectors.joining("; "));
    } catch (IOException e) {
      throw new LabException("cannot read " + log, e);
    }
  }
}
