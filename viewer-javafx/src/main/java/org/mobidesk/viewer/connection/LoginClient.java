package org.mobidesk.viewer.connection;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.StringReader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.mobidesk.viewer.trust.ServerTls;
import org.mobidesk.viewer.trust.UntrustedServerException;

/** Logs in and out by REST (docs/rest.md, "Login"). Calls block; use a thread of your own. */
public final class LoginClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** The server answers within 60 s; the rest is for the way. */
  private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(75);

  private final ServerTls tls;
  private final HttpClient http;

  public LoginClient(ServerTls tls) {
    this.tls = tls;
    http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .sslContext(tls.context())
            .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3"}))
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /**
   * Starts, resumes or joins the user's session; returns when its desktop can be shown.
   *
   * @throws RefusedException when the server says no
   * @throws IOException when it cannot be reached; when it is not trusted, {@link
   *     UntrustedServerException} is among the causes
   */
  public SessionTicket logIn(Login login) throws IOException, InterruptedException {
    JsonObjectBuilder body =
        Json.createObjectBuilder()
            .add("user", login.user())
            .add("password", login.password())
            .add("width", login.width())
            .add("height", login.height());
    login.template().ifPresent(template -> body.add("template", template));
    URI uri = login.server().uri("/api/v1/login");
    HttpResponse<String> response = send(post(uri, body.build().toString()).build());
    if (response.statusCode() != 200) {
      throw refusal(response);
    }
    return ticket(login, object(response));
  }

  /** Ends the session. */
  public void logOut(SessionTicket ticket) throws IOException, InterruptedException {
    HttpRequest request =
        post(ticket.server().uri("/api/v1/logout"), "{}")
            .header("Authorization", "Bearer " + ticket.cookie())
            .build();
    HttpResponse<String> response = send(request);
    if (response.statusCode() / 100 != 2) {
      throw refusal(response);
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private static HttpRequest.Builder post(URI uri, String body) {
    return HttpRequest.newBuilder(uri)
        .timeout(LOGIN_TIMEOUT)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (ConnectException e) {
      tellWhy(request.uri());
      throw e;
    } catch (IOException e) {
      throw tls.refusal().map(reason -> untrusted(reason, e)).orElse(e);
    }
  }

  /** The refusal is the reason, also where the server's hanging up after it was seen first. */
  private static IOException untrusted(UntrustedServerException reason, IOException seen) {
    IOException failure = new SSLException(reason.getMessage(), reason);
    failure.addSuppressed(seen);
    return failure;
  }

  /** The HTTP client hides why it could not connect; a socket tells. */
  private static void tellWhy(URI uri) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(uri.getHost(), uri.getPort()), (int) CONNECT_TIMEOUT.toMillis());
    }
  }

  private static SessionTicket ticket(Login login, JsonObject answer) throws RefusedException {
    try {
      JsonObject session = answer.getJsonObject("session");
      return new SessionTicket(
          login.server(), login.user(), answer.getString("cookie"), session.getString("id"));
    } catch (NullPointerException | ClassCastException e) {
      throw new RefusedException(
          RefusedException.Reason.OTHER,
          "The server's answer to the login lacks the cookie or the session. Is it a MobiDesk"
              + " proxy of this version?");
    }
  }

  private static RefusedException refusal(HttpResponse<String> response) {
    String said = errorMessage(response);
    return switch (response.statusCode()) {
      case 401 ->
          new RefusedException(RefusedException.Reason.CREDENTIALS, "Wrong user name or password.");
      case 503 ->
          new RefusedException(
              RefusedException.Reason.UNAVAILABLE,
              said.isEmpty() ? "No server can take a session now. Try again later." : said);
      default ->
          new RefusedException(
              RefusedException.Reason.OTHER,
              "The server refused: "
                  + (said.isEmpty() ? "HTTP status " + response.statusCode() : said));
    };
  }

  /** The words of `{"error": {"message": ...}}`, or nothing when the body is something else. */
  private static String errorMessage(HttpResponse<String> response) {
    try {
      return object(response).getJsonObject("error").getString("message");
    } catch (RefusedException | NullPointerException | ClassCastException e) {
      return "";
    }
  }

  private static JsonObject object(HttpResponse<String> response) throws RefusedException {
    try (var reader = Json.createReader(new StringReader(response.body()))) {
      return reader.readObject();
    } catch (JsonException e) {
      throw new RefusedException(
          RefusedException.Reason.OTHER,
          "The server at %s did not answer in JSON. Is it a MobiDesk proxy?"
              .formatted(response.uri().getAuthority()));
    }
  }
}
