package org.mobidesk.lab.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabNetwork;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;

/**
 * A session moves ten times between servers on two subnets, a second one five times and each time
 * at the same moment, while the first downloads over HTTPS, has a page open with a WebSocket, sends
 * what a telephone call sends, and talks with the second.
 */
@Tag("long")
class StreamsIT {
  private static final int MOVES = 10;
  private static final Duration START = Duration.ofSeconds(120);
  private static final Duration GOING_ON = Duration.ofSeconds(120);

  /** More counts than could be under way. */
  private static final long MORE = 200;

  private static final String SERVER_1 = "server1";
  private static final String SERVER_2 = "server2";

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
      s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
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

  /**
   * Both ends of a conversation between sessions: each line must come back before the next is sent.
   */
  private static final String TALK =
      """
      #!/usr/bin/python3
      import os, socket, sys, time
      if len(sys.argv) == 2:
          listener = socket.create_server(('', int(sys.argv[1])))
          open('listening', 'w').close()
          peer = listener.accept()[0]
          while data := peer.recv(4096):
              peer.sendall(data)
      else:
          s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
          lines, n = s.makefile('rwb', buffering=0), 0
          while True:
              n += 1
              lines.write(b'%d\\n' % n)
              answer = lines.readline()
              if answer != b'%d\\n' % n:
                  sys.exit(f'sent {n}, got {answer!r}')
              with open('talked.new', 'w') as out:
                  print(n, file=out)
              os.rename('talked.new', 'talked')
              time.sleep(0.005)
      """;

  private static final int TALK_PORT = 7100;

  private final LabRun run = new LabRun("str" + ProcessHandle.current().pid() % 1_000_000);

  private RestApi api;
  private LabHost outside;
  private SessionShell here;

  @AfterEach
  void remove() {
    new LabRemoval(run).remove();
  }

  @Test
  void allGoesOnThroughTenMoves() throws IOException, GeneralSecurityException {
    LabAccess access =
        new Lab(Checkout.find(), new Progress(System.out), run).start(List.of("minimal"));
    outside = LabHost.find(run, LabNetwork.OUTSIDE);
    try (HttpClient client = access.client()) {
      api = new RestApi(access, client);
      String first = create("ada", SERVER_1);
      String second = create("bob", SERVER_2);
      here = new SessionShell(api, first);
      startServer();
      startStreams();
      startTalk(first, second);

      for (int i = 1; i <= MOVES; i++) {
        move(i, first, second);
      }

      here.run("pgrep -f 'python3 ./download' >/dev/null"); // it lasted through all moves
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
      done(api.destroy(first));
      done(api.destroy(second));
    }
  }

  private String create(String user, String server) {
    return done(api.create(user, "minimal", server)).getString("session");
  }

  private static JsonObject done(JsonObject workflow) {
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }

  /** The second session moves with each other move of the first, at the same time. */
  private void move(int number, String first, String second) {
    long talked = number("talked");
    long counted = counted();
    String to = number % 2 == 1 ? SERVER_2 : SERVER_1;
    List<CompletableFuture<JsonObject>> moves = new ArrayList<>();
    moves.add(CompletableFuture.supplyAsync(() -> api.migrate(first, to)));
    if (number % 2 == 0) {
      String other = number % 4 == 2 ? SERVER_1 : SERVER_2;
      moves.add(CompletableFuture.supplyAsync(() -> api.migrate(second, other)));
    }
    moves.forEach(m -> done(m.join()));
    goesOn("the conversation of both sessions", () -> number("talked") > talked + MORE);
    goesOn("the page's WebSocket", () -> counted() > counted + MORE);
    long downloaded = number("downloaded");
    goesOn("the download", () -> number("downloaded") > downloaded);
    long heard = heard();
    goesOn("the call", () -> heard() > heard);
  }

  private void goesOn(String what, BooleanSupplier condition) {
    Waiting.until(what + " to go on", GOING_ON, condition);
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
            "san=ip:" + LabNetwork.OUTSIDE_ADDRESS,
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
            LabNetwork.OUTSIDE_ADDRESS,
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

  private Path serverLog() {
    return outside.files().resolve("streams/log").toAbsolutePath();
  }

  private void startStreams() {
    String address = LabNetwork.OUTSIDE_ADDRESS;
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
    background(
        "./download https://%s:%d/download outside.pem"
            .formatted(address, StreamServer.HTTPS_PORT));
    background("./call %s %d".formatted(address, StreamServer.ECHO_PORT));
    background("firefox-esr http://%s:%d/page".formatted(address, StreamServer.HTTP_PORT));
    Waiting.until("the download", START, () -> exists("downloaded"));
    Waiting.until("the call", START, () -> exists("call"));
    Waiting.until("the page's WebSocket", START, () -> counted() > 0);
  }

  private void startTalk(String first, String second) {
    SessionShell there = new SessionShell(api, second);
    String address = api.session(second).getString("address");
    api.setPolicy(
        first,
        Json.createObjectBuilder().add("peers", Json.createArrayBuilder().add(second)).build());
    there.write("talk", TALK, "755");
    here.write("talk", TALK, "755");
    there.run("setsid -f ./talk %d >talk.log 2>&1 </dev/null".formatted(TALK_PORT));
    Waiting.until(
        "the other session to listen", START, () -> there.attempt("test -e listening").exit() == 0);
    background("./talk %s %d".formatted(address, TALK_PORT));
    Waiting.until("the conversation of both sessions", START, () -> exists("talked"));
  }

  private void background(String command) {
    here.run("setsid -f %s >>streams.log 2>&1 </dev/null".formatted(command));
  }

  private boolean exists(String file) {
    return here.attempt("test -s " + file).exit() == 0;
  }

  private long number(String file) {
    return Long.parseLong(here.run("cat " + file).strip());
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
