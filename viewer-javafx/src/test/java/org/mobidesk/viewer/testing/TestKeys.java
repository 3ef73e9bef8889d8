package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A certificate authority of the test's own, and a server's key that it has signed for 127.0.0.1
 * and localhost.
 */
public final class TestKeys {
  private static final String PASSWORD = "only-for-this-test";

  private final Path authority;
  private final Path keys;

  private TestKeys(Path authority, Path keys) {
    this.authority = authority;
    this.keys = keys;
  }

  /** Makes both in a directory that is the caller's to remove. */
  public static TestKeys make(Path directory) throws IOException, InterruptedException {
    Path ca = directory.resolve("ca.p12");
    Path pem = directory.resolve("ca.pem");
    Path server = directory.resolve("server.p12");
    Path request = directory.resolve("server.csr");
    Path signed = directory.resolve("server.pem");
    keytool(
        ca,
        "-genkeypair",
        "-alias",
        "ca",
        "-keyalg",
        "EC",
        "-dname",
        "CN=Test CA",
        "-ext",
        "bc=ca:true");
    keytool(ca, "-exportcert", "-alias", "ca", "-rfc", "-file", pem.toString());
    keytool(server, "-genkeypair", "-alias", "server", "-keyalg", "EC", "-dname", "CN=proxy");
    keytool(server, "-certreq", "-alias", "server", "-file", request.toString());
    keytool(
        ca,
        "-gencert",
        "-alias",
        "ca",
        "-ext",
        "san=ip:127.0.0.1,dns:localhost",
        "-rfc",
        "-infile",
        request.toString(),
        "-outfile",
        signed.toString());
    keytool(server, "-importcert", "-noprompt", "-alias", "ca", "-file", pem.toString());
    keytool(server, "-importcert", "-alias", "server", "-file", signed.toString());
    return new TestKeys(pem, server);
  }

  /** The authority's certificate in PEM. */
  public Path authority() {
    return authority;
  }

  /** TLS of the server. */
  public SSLContext serverContext() throws IOException {
    try (InputStream in = Files.newInputStream(keys)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(factory.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("loading the test's keys", e);
    }
  }

  private static void keytool(Path store, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-keystore",
                store.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException("keytool " + String.join(" ", arguments) + ": " + output);
    }
  }
}
