package org.mobidesk.wildfly;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * A proxy, a second one and a session server, as they are installed, with a deployment that uses
 * what they offer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class NodesIT {

  private static final int PUBLIC = 8443;
  private static final int TIER = 8444;
  private static final int BROKER = 61617;
  private static final int CLUSTER = 7600;
  private static final int MANAGEMENT = 9990;

  private static final long PATIENCE_SECONDS = 60;

  private Installation installation;
  private Path war;
  private Node proxy;
  private Node second;
  private Node server;
  private SSLContext stranger;
  private SSLContext member;

  @BeforeAll
  void start() throws Exception {
    installation = new Installation();
    war = Probe.archive(installation.dir());
    proxy = installation.start("proxy", "proxy", war, 1, 2);
    second = installation.start("proxy", "proxy2", war, 3, 4);
    server = installation.start("server", "server1", war, 11, 11);
    stranger = Keys.trusting(installation.keys());
    member = Keys.of(installation.keys(), "server1");
  }

  @AfterAll
  void stop() throws IOException {
    if (installation != null) {
      installation.close();
    }
  }

  @Test
  @Order(1)
  void theLogsOfTheStartHaveNothingToWorryAbout() throws IOException {
    // Whether a machine can resolve its own name is not the nodes' matter.
    // The broker's connector says by a warning that it has found its keys, when it starts later
    // than they do.
    Pattern worry =
        Pattern.compile(
            " (WARN|ERROR|FATAL) (?!.*(ARJUNA012210|Injecting Elytron SSLContext))|stack guard|Exception");
    for (Node node : List.of(proxy, second, server)) {
      try (Stream<String> lines = Files.lines(node.log())) {
        assertEquals(List.of(), lines.filter(line -> worry.matcher(line).find()).toList());
      }
    }
  }

  @Test
  void nodesAreNotRoot() throws IOException {
    for (Node node : List.of(proxy, second, server)) {
      assertNotEquals(0, Files.getAttribute(Path.of("/proc/" + node.pid()), "unix:uid"));
    }
  }

  @Test
  void nothingListensButWhatIsMeantTo() throws Exception {
    ask(proxy, "cookie", "listening", null);
    assertEquals(
        Set.of(
            proxy.publicAddress() + ":" + PUBLIC,
            proxy.address() + ":" + PUBLIC,
            proxy.address() + ":" + TIER,
            proxy.address() + ":" + BROKER,
            proxy.address() + ":" + CLUSTER,
            proxy.address() + ":" + MANAGEMENT),
        Listeners.of(proxy.pid()));
    assertEquals(
        Set.of(server.address() + ":" + TIER, server.address() + ":" + MANAGEMENT),
        Listeners.of(server.pid()));
  }

  @Test
  void onlyTheNewestTlsIsSpoken() throws Exception {
    for (int port : List.of(PUBLIC, TIER, BROKER)) {
      assertEquals("TLSv1.3", handshake(member, proxy.address(), port, "TLSv1.3"));
      assertThrows(
          IOException.class,
          () -> handshake(member, proxy.address(), port, "TLSv1.2"),
          "port " + port);
    }
  }

  @Test
  void betweenTheTiersACertificateIsWanted() throws Exception {
    assertEquals("TLSv1.3", handshake(stranger, proxy.publicAddress(), PUBLIC, "TLSv1.3"));
    for (int port : List.of(TIER, BROKER, CLUSTER)) {
      assertThrows(
          IOException.class,
          () -> handshake(stranger, proxy.address(), port, "TLSv1.3"),
          "port " + port);
    }
    assertThrows(IOException.class, () -> handshake(stranger, server.address(), TIER, "TLSv1.3"));
  }

  @Test
  void aPublicAnswerSaysNothingOfTheServer() throws Exception {
    HttpResponse<String> answer = get(stranger, proxy.publicAddress(), PUBLIC, "/");
    assertEquals(404, answer.statusCode());
    Set<String> headers = new TreeSet<>(answer.headers().map().keySet());
    assertTrue(
        headers.stream().noneMatch(h -> h.equals("server") || h.startsWith("x-powered")),
        headers::toString);
  }

  @Test
  void aLongRequestPassesBetweenTheTiers() throws Exception {
    byte[] part = new byte[1 << 20];
    int parts = 64;
    HttpRequest request =
        HttpRequest.newBuilder(uri(server.address(), TIER, "/probe/"))
            .PUT(
                HttpRequest.BodyPublishers.ofByteArrays(java.util.Collections.nCopies(parts, part)))
            .build();
    try (HttpClient client = HttpClient.newBuilder().sslContext(member).build()) {
      assertEquals(
          Long.toString((long) parts * part.length),
          client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
  }

  @Test
  void cookiesAreOnEveryProxy() throws Exception {
    String key = UUID.randomUUID().toString();
    for (String cache : List.of("cookie", "location")) {
      assertEquals("null", ask(proxy, cache, key, "first"));
      assertEquals("first", ask(second, cache, key, "second"));
      assertEquals("null", ask(server, cache, key, null));
    }
  }

  @Test
  void theDatabaseIsAFileAtTheProxyAndEmptyMemoryAtAServer() throws Exception {
    assertTrue(ask(proxy, "database", "", null).startsWith("jdbc:h2:file:"));
    assertEquals("jdbc:h2:mem:mobidesk", ask(server, "database", "", null));
  }

  @Test
  void aCommandReachesTheServerThatItIsFor() throws Exception {
    String other = UUID.randomUUID().toString();
    String ours = UUID.randomUUID().toString();
    ask(proxy, "command", other, "server2");
    ask(proxy, "command", ours, "server1");
    assertEquals("server1", report(ours));
    assertEquals("", ask(proxy, "report", other, null));
  }

  @Test
  void aServerMayOnlyTakeCommandsAndSendReports() throws Exception {
    assertEquals(
        500,
        get(member, server.address(), TIER, path("command", "forged", "server1")).statusCode());
  }

  /** It has a certificate of the installation, so the broker hears it out. */
  @Test
  void aServerWithAWrongPasswordGetsNothingFromTheBroker() throws Exception {
    Node mistaken = installation.install("server", "server2", war, 12, 12);
    mistaken.set("mobidesk.broker.password", "not-the-one");
    mistaken.start();
    awaitLog(mistaken, "AMQ229031");
    awaitLog(proxy, "AMQ222216|AMQ229031|Unable to validate user");
    String command = UUID.randomUUID().toString();
    ask(proxy, "command", command, "server2");
    String later = UUID.randomUUID().toString();
    ask(proxy, "command", later, "server1");
    assertEquals("server1", report(later));
    assertEquals("", ask(proxy, "report", command, null));
    mistaken.kill();
  }

  private static void awaitLog(Node node, String words) throws Exception {
    Pattern wanted = Pattern.compile(words);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!wanted.matcher(Files.readString(node.log())).find()) {
      assertTrue(System.nanoTime() < deadline, () -> "no " + words + " in " + node.log());
      Thread.sleep(100);
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void aServerFindsTheProxyAgainAfterItsCrash() throws Exception {
    proxy.kill();
    proxy.start();
    String command = UUID.randomUUID().toString();
    ask(proxy, "command", command, "server1");
    assertEquals("server1", report(command));
  }

  private String report(String command) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    String reporter;
    do {
      reporter = ask(proxy, "report", command, null);
    } while (reporter.isEmpty() && System.nanoTime() < deadline);
    return reporter;
  }

  private String ask(Node node, String what, String key, String value) throws Exception {
    HttpResponse<String> answer = get(member, node.address(), TIER, path(what, key, value));
    assertEquals(200, answer.statusCode(), answer::body);
    return answer.body();
  }

  private static String path(String what, String key, String value) {
    String path = "/probe/" + what + "?key=" + URLEncoder.encode(key, StandardCharsets.UTF_8);
    return value == null ? path : path + "&value=" + value;
  }

  private static HttpResponse<String> get(SSLContext context, String address, int port, String path)
      throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
      return client.send(
          HttpRequest.newBuilder(uri(address, port, path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private static URI uri(String address, int port, String path) {
    return URI.create("https://" + address + ":" + port + path);
  }

  /** The protocol that was agreed on; a refusal may come with the first byte that is read. */
  private static String handshake(SSLContext context, String address, int port, String protocol)
      throws IOException {
    try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(address, port)) {
      socket.setEnabledProtocols(new String[] {protocol});
      socket.setSoTimeout(500);
      socket.startHandshake();
      try {
        socket.getInputStream().read();
      } catch (java.net.SocketTimeoutException e) {
        // The server waits for a request: it is content with us.
      }
      return socket.getSession().getProtocol();
    }
  }
}
