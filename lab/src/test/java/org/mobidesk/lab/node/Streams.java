package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.process.Command;

/**
 * What a session has open with the outside host, and the evidence that all of it goes on: a
 * download over HTTPS, a page with a WebSocket, and what a telephone call sends.
 */
final class Streams {
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration GOING_ON = Duration.ofSeconds(120);

  /** More counts than could be under way. */
  private static final long MORE = 200;

  /** Slowly until a file says otherwise, so that it lasts longer than all moves. */
  private static final String DOWNLOAD =
      """
      #!/usr/bin/python3
      import hashlib, os, ssl, sys, time, urllib.request
      url, certificate = sys.argv[1:]
      digest, total = hashlib.sha256(), 0
      try:
          with urllib.request.urlopen(url, context=ssl.create_default_context(cafile=certificate)) as f:
              while block := f.read(65536):
                  digest.update(block)
                  total += len(block)
                  with open('downloaded.new', 'w') as out:
                      print(total, file=out)
                  os.rename('downloaded.new', 'downloaded')
                  if not os.path.exists('hurry'):
                      time.sleep(0.05)
          result = digest.hexdigest()
      except Exception as e:
          result = repr(e)
      with open('digest', 'w') as out:
          print(result, file=out)
      """;

  /**
   * 160 bytes of sound and a head, fifty times a second, as a call has them; each must come back.
   */
  private static final String CALL =
      """
      #!/usr/bin/python3
      import os, socket, sys, time
      s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
      s.connect((sys.argv[1], int(sys.argv[2])))
      s.settimeout(0.001)
      sent = received = disorder = 0

      def receive():
          global received, disorder
          try:
              while True:
                  n = int(s.recv(2000).split()[0])
                  disorder += n != received
                  received += 1
          except TimeoutError:
              pass

      def report(name):
          with open(name + '.new', 'w') as out:
              print(sent, received, disorder, file=out)
          os.rename(name + '.new', name)

      due = time.monotonic()
      while not os.path.exists('hang-up'):
          s.send((b'%d ' % sent).ljust(172, b'.'))
          sent += 1
          due = max(due + 0.02, time.monotonic() - 0.1)
          while time.monotonic() < due:
              receive()
          report('call')
      end = time.monotonic() + 60
      while received < sent and time.monotonic() < end:
          receive()
      report('called')
      """;

  /** How far all had come. */
  record Mark(long counted, long downloaded, long heard) {}

  private final LabHost outside;
  private final SessionShell here;
  private final String address;

  /**
   * @param address of the outside host: IPv4 or IPv6
   */
  Streams(LabHost outside, SessionShell here, String address) {
    this.outside = outside;
    this.here = here;
    this.address = address;
  }

  /** Starts the server on the outside host and all streams in the session. */
  void start() throws IOException {
    startServer();
    Waiting.until(
        "the servers of the streams (log: " + outside.log("streams") + ")",
        START,
        () ->
            !outside
                .command("ss", "-Hlun", "sport", "=", ":" + StreamServer.ECHO_PORT)
                .run()
                .text()
                .isEmpty());
    here.write("download", DOWNLOAD, "755");
    here.write("call", CALL, "755");
    String host = address.indexOf(':') < 0 ? address : "[" + address + "]";
    background(
        "./download https://%s:%d/download outside.pem".formatted(host, StreamServer.HTTPS_PORT));
    background("./call %s %d".formatted(address, StreamServer.ECHO_PORT));
    background("firefox-esr http://%s:%d/page".formatted(host, StreamServer.HTTP_PORT));
    Waiting.until("the download", START, () -> exists("downloaded"));
    Waiting.until("the call", START, () -> exists("call"));
    Waiting.until("the page's WebSocket", START, () -> counted() > 0);
  }

  private void startServer() throws IOException {
    Path directory = Files.createDirectories(outside.files().resolve("streams"));
    Path password = directory.resolve("password");
    Files.writeString(password, "of a test");
    Command.of(
            System.getProperty("java.home") + "/bin/keytool",
            "-genkeypair",
            "-keyalg",
            "EC",
            "-dname",
            "CN=outside",
            "-ext",
            "san=ip:" + address,
            "-storepass:file",
            password.toString(),
            "-keystore",
            directory.resolve("keys.p12").toString())
        .run();
    outside.daemon(
        "streams",
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            StreamServer.class.getName(),
            address,
            directory.resolve("keys.p12").toString(),
            password.toString(),
            serverLog().toString()));
    here.write(
        "outside.pem",
        Command.of(
                System.getProperty("java.home") + "/bin/keytool",
                "-exportcert",
                "-rfc",
                "-storepass:file",
                password.toString(),
                "-keystore",
                directory.resolve("keys.p12").toString())
            .run()
            .out(),
        "644");
  }

  Mark mark() {
    return new Mark(counted(), Long.parseLong(here.run("cat downloaded").strip()), heard());
  }

  /** Waits until each stream is beyond {@code before}. */
  void goOn(Mark before) {
    Waiting.until(
        "the page's WebSocket to go on", GOING_ON, () -> counted() > before.counted() + MORE);
    Waiting.until(
        "the download and the call to go on",
        GOING_ON,
        () -> {
          Mark now = mark();
          return now.downloaded() > before.downloaded() && now.heard() > before.heard();
        });
  }

  /** Lets all come to its end; nothing is missing, wrong or out of order. */
  void finish() throws IOException, GeneralSecurityException {
    here.run("pgrep -f 'python3 ./download' >/dev/null"); // it lasted until now
    here.run("touch hurry hang-up");
    Waiting.until("the rest of the download", GOING_ON, () -> exists("digest"));
    assertEquals(expectedDigest(), here.run("cat digest").strip());
    Waiting.until("the end of the call", GOING_ON, () -> exists("called"));
    String[] called = here.run("cat called").split("\\s+");
    System.out.println("packets of the call: " + String.join(" ", called));
    assertEquals(called[0], called[1], "packets sent and come back");
    assertEquals("0", called[2], "packets out of order");
    List<String> log = Files.readAllLines(serverLog());
    assertEquals(1, log.stream().filter("open"::equals).count(), log::toString);
    assertTrue(
        log.stream().noneMatch(l -> l.startsWith("wrong") || l.startsWith("closed")),
        log::toString);
  }

  private Path serverLog() {
    return outside.files().resolve("streams/log").toAbsolutePath();
  }

  private void background(String command) {
    here.run("setsid -f %s >>streams.log 2>&1 </dev/null".formatted(command));
  }

  private boolean exists(String file) {
    return here.attempt("test -s " + file).exit() == 0;
  }

  /** Packets of the call that have come back. */
  private long heard() {
    return Long.parseLong(here.run("cat call").split("\\s+")[1]);
  }

  /** How far the page's WebSocket has come, by the server's log; 0 before it began. */
  private long counted() {
    try {
      return Files.readAllLines(serverLog()).stream()
          .filter(l -> l.startsWith("count "))
          .mapToLong(l -> Long.parseLong(l.substring("count ".length())))
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String expectedDigest() throws IOException, GeneralSecurityException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    StreamServer.generate((block, length) -> digest.update(block, 0, length));
    return HexFormat.of().formatHex(digest.digest());
  }
}
