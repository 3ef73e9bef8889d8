package org.mobidesk.lab.node;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.host.AccessNetwork;
import org.mobidesk.lab.host.LabRun;

/**
 * How a run is reached: for this program, for the administrator's command and for a person. Kept in
 * {@code access.json} of the run's directory, readable by root only.
 *
 * @param address of the proxy, host:port
 * @param ca certificate of the run's authority, PEM
 */
public record LabAccess(
    String address,
    Path ca,
    String user,
    String password,
    String administrator,
    String administratorPassword) {
  private static final String FILE = "access.json";
  private static final Duration CONNECT = Duration.ofSeconds(5);

  static LabAccess of(AccessNetwork access, Secrets secrets, Path ca) {
    return new LabAccess(
        access.proxyAddress() + ":8443",
        ca,
        "ada",
        secrets.user(),
        "admin",
        secrets.administrator());
  }

  /** The accounts as the proxy reads them at its first start. */
  String users() {
    return "%s=%s,user%n%s=%s,administrator%n"
        .formatted(user, password, administrator, administratorPassword);
  }

  /**
   * For this program ({@code access.json}), and for the administrator's command ({@code
   * context.json}).
   */
  void write(LabRun run) {
    Path passwordFile = run.directory().resolve("administrator.password");
    SecretFile.write(passwordFile, administratorPassword + "\n");
    SecretFile.write(
        run.directory().resolve("context.json"),
        Json.createObjectBuilder()
            .add("url", "https://" + address)
            .add("ca", ca.toString())
            .add("user", administrator)
            .add("passwordFile", passwordFile.toString())
            .build()
            .toString());
    SecretFile.write(
        run.directory().resolve(FILE),
        Json.createObjectBuilder()
            .add("address", address)
            .add("ca", ca.toString())
            .add("user", user)
            .add("password", password)
            .add("administrator", administrator)
            .add("administratorPassword", administratorPassword)
            .build()
            .toString());
  }

  /** Whether a run has come so far that it can be reached. */
  public static boolean exists(LabRun run) {
    return Files.exists(run.directory().resolve(FILE));
  }

  public static LabAccess read(LabRun run) {
    Path file = run.directory().resolve(FILE);
    try (InputStream in = Files.newInputStream(file);
        var reader = Json.createReader(in)) {
      JsonObject o = reader.readObject();
      return new LabAccess(
          o.getString("address"),
          Path.of(o.getString("ca")),
          o.getString("user"),
          o.getString("password"),
          o.getString("administrator"),
          o.getString("administratorPassword"));
    } catch (IOException e) {
      throw new LabException(
          "run " + run.name() + " is not up (" + file + "): start it with `./mobidesk up`", e);
    }
  }

  /** A client that trusts this run's authority and nobody else. */
  public HttpClient client() {
    try (InputStream in = Files.newInputStream(ca)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(null, factory.getTrustManagers(), null);
      return HttpClient.newBuilder()
          .sslContext(context)
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .build();
    } catch (IOException | GeneralSecurityException e) {
      throw new LabException("cannot use the certificate " + ca, e);
    }
  }
}
