package org.mobidesk.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** An HTTPS server with a certificate of its own that answers requests as docs/rest.md says. */
final class Proxy implements AutoCloseable {
  private static final String PASSWORD = "only-for-this-test";

  /** What was asked: method, path with query, and body. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final HttpsServer server;
  private final Path certificate;

  private record Answer(int status, String body) {}

  /**
   * Makes the key and certificate that proxies in {@code directory} use: {@code proxy.p12}, {@code
   * ca.pem}.
   */
  static void makeKeys(Path directory) throws IOException, InterruptedException {
    String keys = directory.resolve("proxy.p12").toString();
    keytool(
        List.of(
            "-genkeypair",
            "-keystore",
            keys,
            "-storepass",
            PASSWORD,
            "-alias",
            "proxy",
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-dname",
            "CN=proxy",
            "-ext",
            "san=ip:127.0.0.1"));
    keytool(
        List.of(
            "-exportcert",
            "-rfc",
            "-keystore",
            keys,
            "-storepass",
            PASSWORD,
            "-alias",
            "proxy",
            "-file",
            directory.resolve("ca.pem").toString()));
  }

  Proxy(Path directory) throws IOException, GeneralSecurityException {
    certificate = directory.resolve("ca.pem");
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context(directory.resolve("proxy.p12"))));
    server.createContext("/", this::handle);
    server.start();
  }

  URI uri() {
    return URI.create("https://127.0.0.1:" + server.getAddress().getPort());
  }

  Path certificate() {
    return certificate;
  }

  /** Answers {@code request}, such as "GET /api/v1/sessions", from now on. */
  void answer(String request, int status, String body) {
    answers.put(request, new Answer(status, body));
  }

  private void handle(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add((request + " " + body).strip());
    Answer answer =
        answers.getOrDefault(
            request,
            new Answer(
                404, "{\"error\":{\"code\":\"unknown\",\"message\":\"no " + request + "\"}}"));
    byte[] bytes = answer.body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static SSLContext context(Path keys) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(store, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private static void keytool(List<String> arguments) throws IOException, InterruptedException {
    Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    ProcessBuilder command = new ProcessBuilder(tool.toString());
    command.command().addAll(arguments);
    Process process = command.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("keytool failed: " + output);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
