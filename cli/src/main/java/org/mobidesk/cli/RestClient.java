package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/** Requests to the REST interface of one proxy over TLS 1.3. Closes its connections in the end. */
final class RestClient implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** The server answers a waiting request after at most 60 s; a login may start a desktop. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(90);

  private final URI base;
  private final HttpClient http;
  private String token;

  RestClient(URI proxy, Optional<Path> ca) {
    base = proxy.resolve("/api/v1/");
    SSLParameters parameters = new SSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .sslParameters(parameters);
    ca.ifPresent(file -> builder.sslContext(trusting(file)));
    http = builder.build();
  }

  void authenticate(String token) {
    this.token = token;
  }

  JsonValue get(String path) {
    return send(request(path).GET());
  }

  JsonValue post(String path, JsonObject body) {
    return send(path, "POST", body);
  }

  JsonValue put(String path, JsonObject body) {
    return send(path, "PUT", body);
  }

  private JsonValue send(String path, String method, JsonObject body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body.toString())));
  }

  JsonValue delete(String path) {
    return send(request(path).DELETE());
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(ANSWER_TIMEOUT)
            .header("Accept", "application/json");
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private JsonValue send(HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    HttpResponse<String> response;
    try {
      response = http.send(request, BodyHandlers.ofString());
    } catch (SSLException e) {
      throw unreachable(
          "%s does not prove to be this installation's proxy (%s). Its certificate authority is given"
              + " by --ca FILE.",
          e);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw unreachable("cannot reach %s (%s). Is the proxy running?", e);
    } catch (IOException e) {
      throw unreachable("lost the connection to %s (%s).", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(ExitCode.FAILED, "interrupted");
    }
    if (response.statusCode() >= 300) {
      throw refused(response);
    }
    return parse(response);
  }

  private CommandException unreachable(String message, IOException cause) {
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new CommandException(ExitCode.UNREACHABLE, message.formatted(base.resolve("/"), reason));
  }

  private static CommandException refused(HttpResponse<String> response) {
    ExitCode exitCode =
        switch (response.statusCode()) {
          case 400, 422 -> ExitCode.USAGE;
          case 401, 403, 429 -> ExitCode.REFUSED;
          case 404 -> ExitCode.NOT_FOUND;
          default -> ExitCode.FAILED;
        };
    try (var reader = Json.createReader(new StringReader(response.body()))) {
      JsonObject error = reader.readObject().getJsonObject("error");
      return new CommandException(exitCode, error.getString("message"));
    } catch (JsonException | NullPointerException | ClassCastException e) {
      return new CommandException(
          ExitCode.UNREACHABLE,
          "%s answered %d, and not as MobiDesk does. Is it a proxy, and is MobiDesk deployed there?"
              .formatted(response.uri(), response.statusCode()));
    }
  }

  private static JsonValue parse(HttpResponse<String> response) {
    if (response.body().isBlank()) {
      return JsonValue.NULL;
    }
    try (var reader = Json.createReader(new StringReader(response.body()))) {
      return reader.readValue();
    } catch (JsonException e) {
      throw new CommandException(
          ExitCode.FAILED,
          "%s answered what is not JSON: %s".formatted(response.uri(), e.getMessage()));
    }
  }

  private static SSLContext trusting(Path ca) {
    try (InputStream in = Files.newInputStream(ca)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca" + number++, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException e) {
      throw new CommandException(
          ExitCode.USAGE, "cannot read certificates from %s: %s".formatted(ca, e));
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
