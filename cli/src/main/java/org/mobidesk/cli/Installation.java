package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One installation as an administrator sees it: logs in when it must, remembers the token, and
 * follows workflows. Used by one thread.
 */
final class Installation implements AutoCloseable {
  /** Longest wait of one request for a workflow's end, in seconds: docs/rest.md. */
  private static final int WAIT_SECONDS = 2;

  private final Context context;
  private final RestClient rest;
  private final TokenStore tokens;

  Installation(Context context, Map<String, String> environment) {
    this.context = context;
    tokens = new TokenStore(context.url(), environment);
    rest = new RestClient(context.url(), context.ca());
  }

  /** Logs in anew and remembers the token. Returns the user's name. */
  String login(Optional<String> userOption) {
    String user = userOption.or(context::user).orElseGet(() -> ask("User: "));
    char[] password = password(user);
    rest.authenticate(null);
    JsonObject answer =
        rest.post(
                "token",
                Json.createObjectBuilder()
                    .add("user", user)
                    .add("password", new String(password))
                    .build())
            .asJsonObject();
    rest.authenticate(answer.getString("token"));
    try {
      tokens.save(user, answer.getString("token"));
    } catch (IOException e) {
      throw new CommandException(ExitCode.FAILED, "cannot keep the token: " + e);
    }
    return user;
  }

  void logout() {
    try {
      tokens.forget();
    } catch (IOException e) {
      throw new CommandException(ExitCode.FAILED, "cannot forget the token: " + e);
    }
  }

  JsonValue get(String path) {
    return authenticated(() -> rest.get(path));
  }

  JsonValue post(String path, JsonObject body) {
    return authenticated(() -> rest.post(path, body));
  }

  JsonValue put(String path, JsonObject body) {
    return authenticated(() -> rest.put(path, body));
  }

  JsonValue delete(String path) {
    return authenticated(() -> rest.delete(path));
  }

  JsonArray list(String path) {
    return get(path).asJsonArray();
  }

  /** The workflow as it is after at most {@link #WAIT_SECONDS}, sooner when it has ended. */
  JsonObject await(String workflow) {
    return get("workflows/%s?wait=%d".formatted(segment(workflow), WAIT_SECONDS)).asJsonObject();
  }

  /** Follows a workflow to its end and shows its steps as they end. */
  JsonObject follow(JsonObject workflow, PrintWriter out, boolean quiet) {
    WorkflowView view = new WorkflowView(out, quiet);
    JsonObject current = workflow;
    view.show(current);
    while (current.getString("state").equals("running")) {
      current = await(current.getString("id"));
      view.show(current);
    }
    return current;
  }

  static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private JsonValue authenticated(Supplier<JsonValue> request) {
    Optional<String> token = tokens.load(context.user());
    if (token.isEmpty()) {
      login(Optional.empty());
      return request.get();
    }
    rest.authenticate(token.get());
    try {
      return request.get();
    } catch (CommandException e) {
      // The token may have expired, or be of an installation that was at this address before.
      if (e.exitCode != ExitCode.REFUSED || context.passwordFile().isEmpty()) {
        throw e;
      }
      login(Optional.empty());
      return request.get();
    }
  }

  private char[] password(String user) {
    if (context.passwordFile().isPresent()) {
      Path file = context.passwordFile().get();
      try (var lines = Files.lines(file)) {
        return lines.findFirst().orElse("").toCharArray();
      } catch (IOException e) {
        throw new CommandException(
            ExitCode.USAGE, "cannot read the password file %s: %s".formatted(file, e));
      }
    }
    return console().readPassword("Password of %s: ", user);
  }

  private static String ask(String prompt) {
    return console().readLine(prompt);
  }

  private static Console console() {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new CommandException(
          ExitCode.REFUSED,
          "not logged in, and there is no terminal to ask for a password: run `mobidesk login`, or"
              + " set MOBIDESK_USER and MOBIDESK_PASSWORD_FILE.");
    }
    return console;
  }

  @Override
  public void close() {
    rest.close();
  }
}
