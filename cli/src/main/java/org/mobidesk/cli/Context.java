package org.mobidesk.cli;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Which installation to speak to and as whom. {@code mobidesk up} and {@code mobidesk demo} write
 * such a file; options and environment variables go before it.
 *
 * @param url of the proxy, for example {@code https://198.18.0.1:8443}
 * @param ca PEM file of the certificate authority to trust; absent: the system's
 * @param user administrator to log in as, if the file says so
 * @param passwordFile file with that user's password on its first line
 */
record Context(URI url, Optional<Path> ca, Optional<String> user, Optional<Path> passwordFile) {

  /**
   * Puts options, environment and context file together, in this order.
   *
   * @throws CommandException when none of them names an installation, or the file is not JSON
   */
  static Context of(String urlOption, Path caOption, Map<String, String> environment) {
    JsonObject file = read(file(environment));
    String url =
        Optional.ofNullable(urlOption)
            .or(() -> Optional.ofNullable(environment.get("MOBIDESK_URL")))
            .orElse(file.getString("url", null));
    if (url == null) {
      throw new CommandException(
          ExitCode.USAGE,
          "which installation? Give --url https://PROXY:8443, set MOBIDESK_URL, or start one with"
              + " `mobidesk demo`.");
    }
    Optional<Path> ca =
        Optional.ofNullable(caOption)
            .or(() -> Optional.ofNullable(environment.get("MOBIDESK_CA")).map(Path::of))
            .or(() -> Optional.ofNullable(file.getString("ca", null)).map(Path::of));
    return new Context(
        proxy(url),
        ca,
        Optional.ofNullable(environment.get("MOBIDESK_USER"))
            .or(() -> Optional.ofNullable(file.getString("user", null))),
        Optional.ofNullable(environment.get("MOBIDESK_PASSWORD_FILE"))
            .or(() -> Optional.ofNullable(file.getString("passwordFile", null)))
            .map(Path::of));
  }

  private static URI proxy(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.USAGE, "\"%s\" is not a URL: %s".formatted(url, e.getMessage()));
    }
    if (!"https".equals(uri.getScheme()) || uri.getHost() == null) {
      throw new CommandException(
          ExitCode.USAGE, "\"%s\" is not the URL of a proxy: use https://HOST:8443".formatted(url));
    }
    return uri;
  }

  private static Path file(Map<String, String> environment) {
    String override = environment.get("MOBIDESK_CONTEXT");
    if (override != null) {
      return Path.of(override);
    }
    String home = environment.getOrDefault("HOME", "/root");
    String config = environment.getOrDefault("XDG_CONFIG_HOME", home + "/.config");
    return Path.of(config, "mobidesk", "context.json");
  }

  private static JsonObject read(Path file) {
    if (!Files.exists(file)) {
      return JsonObject.EMPTY_JSON_OBJECT;
    }
    try (var reader = Json.createReader(Files.newBufferedReader(file))) {
      return reader.readObject();
    } catch (IOException | JsonException e) {
      throw new CommandException(
          ExitCode.USAGE, "cannot read the context file %s: %s".formatted(file, e.getMessage()));
    }
  }
}
