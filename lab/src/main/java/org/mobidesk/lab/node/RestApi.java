package org.mobidesk.lab.node;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Waiting;

/**
 * The administrator's side of the REST interface (docs/rest.md), as far as the lab uses it. One
 * thread at a time.
 */
public final class RestApi {
  /** What a command in a session has left. */
  public record ExecResult(int exit, String out, String err) {}

  private static final Duration LONGEST = Duration.ofSeconds(75);
  private static final int SERVERS = 2;

  private final LabAccess access;
  private final HttpClient client;
  private Optional<String> token = Optional.empty();

  public RestApi(LabAccess access, HttpClient client) {
    this.access = access;
    this.client = client;
  }

  /** Waits until the proxy serves and all servers have reported; {@code check} may fail earlier. */
  void await(Duration limit, Runnable check) {
    Waiting.until(
        "the proxy at " + access.address() + " to serve",
        limit,
        () -> {
          check.run();
          return healthy();
        });
    Waiting.until(
        "both servers to report to the proxy",
        limit,
        () -> {
          check.run();
          return get("/servers").asJsonArray().stream()
                  .filter(s -> s.asJsonObject().getString("state").equals("up"))
                  .count()
              == SERVERS;
        });
  }

  private boolean healthy() {
    try {
      return client
              .send(request("/health").GET().build(), HttpResponse.BodyHandlers.discarding())
              .statusCode()
          == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  public JsonArray sessions() {
    return get("/sessions").asJsonArray();
  }

  public JsonObject session(String id) {
    return get("/sessions/" + id).asJsonObject();
  }

  /**
   * Moves a session and waits for the end of the workflow, which is returned whether it is done or
   * failed.
   */
  public JsonObject migrate(String session, String server) {
    return finish(
        post(
            "/sessions/" + session + "/migrate",
            Json.createObjectBuilder().add("server", server).build()));
  }

  /**
   * Starts a session for {@code user} and waits for the end of the workflow, which is returned
   * whether it is done or failed.
   */
  public JsonObject create(String user, String template, String server) {
    return finish(
        post(
            "/sessions",
            Json.createObjectBuilder()
                .add("user", user)
                .add("template", template)
                .add("server", server)
                .build()));
  }

  /** Sends a session to the storage tier; as {@link #create}. */
  public JsonObject hibernate(String session) {
    return finish(post("/sessions/" + session + "/hibernate", Json.createObjectBuilder().build()));
  }

  /** Brings a session back from the storage tier; as {@link #create}. */
  public JsonObject restore(String session, String server) {
    return finish(
        post(
            "/sessions/" + session + "/restore",
            Json.createObjectBuilder().add("server", server).build()));
  }

  /** Ends a session and waits for it. */
  public JsonObject destroy(String session) {
    return finish(send(authorized("/sessions/" + session).DELETE()).asJsonObject());
  }

  /** Says what a session may reach; what {@code policy} lacks has its default. */
  public void setPolicy(String session, JsonObject policy) {
    send(
        authorized("/sessions/" + session + "/network/policy")
            .PUT(HttpRequest.BodyPublishers.ofString(policy.toString())));
  }

  /** Lets outside hosts reach a session's TCP port at the proxy's {@code outsidePort}. */
  public void publish(String session, int outsidePort, int port) {
    send(
        authorized("/sessions/" + session + "/network/published/tcp/" + outsidePort)
            .PUT(
                HttpRequest.BodyPublishers.ofString(
                    Json.createObjectBuilder().add("port", port).build().toString())));
  }

  /** Says what becomes of a session's viewer when its user comes with another one. */
  public void setSecondLogin(String session, String policy) {
    JsonObject body = Json.createObjectBuilder().add("policy", policy).build();
    send(
        authorized("/sessions/" + session + "/second-login")
            .PUT(HttpRequest.BodyPublishers.ofString(body.toString())));
  }

  private JsonObject finish(JsonObject begun) {
    JsonObject workflow = begun;
    while (workflow.getString("state").equals("running")) {
      workflow = get("/workflows/" + begun.getString("id") + "?wait=60").asJsonObject();
    }
    return workflow;
  }

  /** What was done to a session, newest first. */
  public JsonArray workflows(String session) {
    return get("/sessions/" + session + "/workflows").asJsonArray();
  }

  public JsonObject server(String name) {
    return get("/servers/" + name).asJsonObject();
  }

  /** Runs a command in a session as its user, with {@code input}. */
  public ExecResult exec(String session, String input, List<String> argv) {
    JsonArrayBuilder words = Json.createArrayBuilder();
    argv.forEach(words::add);
    JsonObject answer =
        post(
            "/sessions/" + session + "/exec",
            Json.createObjectBuilder()
                .add("argv", words)
                .add("root", false)
                .add(
                    "stdin",
                    Base64.getEncoder().encodeToString(input.getBytes(StandardCharsets.UTF_8)))
                .build());
    return new ExecResult(answer.getInt("exit"), text(answer, "stdout"), text(answer, "stderr"));
  }

  private static String text(JsonObject answer, String name) {
    return new String(Base64.getDecoder().decode(answer.getString(name)), StandardCharsets.UTF_8);
  }

  private JsonValue get(String path) {
    return send(authorized(path).GET());
  }

  private JsonObject post(String path, JsonObject body) {
    return send(authorized(path).POST(HttpRequest.BodyPublishers.ofString(body.toString())))
        .asJsonObject();
  }

  private HttpRequest.Builder authorized(String path) {
    if (token.isEmpty()) {
      JsonObject credentials =
          Json.createObjectBuilder()
              .add("user", access.administrator())
              .add("password", access.administratorPassword())
              .build();
      token =
          Optional.of(
              send(request("/token")
                      .POST(HttpRequest.BodyPublishers.ofString(credentials.toString())))
                  .asJsonObject()
                  .getString("token"));
    }
    return request(path).header("Authorization", "Bearer " + token.get());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://" + access.address() + "/api/v1" + path))
        .timeout(LONGEST)
        .header("Content-Type", "application/json")
        .header("Accept", "application/json");
  }

  private JsonValue send(HttpRequest.Builder request) {
    HttpRequest r = request.build();
    try {
      HttpResponse<String> answer = client.send(r, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new LabException(
            "%s %s was answered %d: %s"
                .formatted(r.method(), r.uri(), answer.statusCode(), answer.body()));
      }
      try (JsonReader reader = Json.createReader(new StringReader(answer.body()))) {
        return reader.readValue();
      }
    } catch (IOException e) {
      throw new LabException(r.method() + " " + r.uri() + " failed", e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static LabException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new LabException("interrupted while waiting for an answer", e);
  }
}
