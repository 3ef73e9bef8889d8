package org.mobidesk.ear;

import jakarta.json.Json;
import jakarta.json.JsonReader;
import jakarta.json.JsonStructure;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A client of the node's HTTPS, which trusts its authority and no other. */
final class Rest implements AutoCloseable {

  private final HttpClient client;
  private String token;

  /** An answer: its status and JSON. */
  record Answer(int status, JsonStructure json) {

    String errorCode() {
      return json.asJsonObject().getJsonObject("error").getString("code");
    }

    String errorMessage() {
      return json.asJsonObject().getJsonObject("error").getString("message");
    }
  }

  /** Shows no certificate. */
  Rest() throws GeneralSecurityException, IOException {
    this(null);
  }

  /**
   * @param node whose certificate it shows, or null
   */
  Rest(String node) throws GeneralSecurityException, IOException {
    char[] secret = System.getProperty("node.secret").toCharArray();
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(load(System.getProperty("node.ca"), secret));
    KeyManager[] keys = null;
    if (node != null) {
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(load(System.getProperty("node.keys") + "/" + node + ".p12", secret), secret);
      keys = factory.getKeyManagers();
    }
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys, trust.getTrustManagers(), null);
    client =
        HttpClient.newBuilder().sslContext(context).version(HttpClient.Version.HTTP_1_1).build();
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, null);
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, body);
  }

  Answer send(String method, String path, String body) throws IOException, InterruptedException {
    return send(method, 8443, "/api/v1" + path, body);
  }

  Answer send(String method, int port, String path, String body)
      throws IOException, InterruptedException {
    URI uri = URI.create("https://" + System.getProperty("node.address") + ":" + port + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    try (JsonReader reader = Json.createReader(new StringReader(response.body()))) {
      return new Answer(response.statusCode(), reader.read());
    }
  }

  /** Uses an administrator's token from now on. */
  Rest administrator() throws IOException, InterruptedException {
    Answer answer =
        post(
            "/token",
            "{\"user\": \"%s\", \"password\": \"%s\"}"
                .formatted(TestNode.ADMINISTRATOR, TestNode.ADMINISTRATOR_PASSWORD));
    token = answer.json().asJsonObject().getString("token");
    return this;
  }

  /** Uses this token from now on. */
  Rest bearer(String value) {
    token = value;
    return this;
  }

  @Override
  public void close() {
    client.close();
  }

  private static KeyStore load(String file, char[] secret)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(Path.of(file))) {
      store.load(in, secret);
    }
    return store;
  }
}
