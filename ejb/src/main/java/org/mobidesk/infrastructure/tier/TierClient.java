package org.mobidesk.infrastructure.tier;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.mobidesk.application.Node;

/**
 * Connections to other nodes over the tier network: TLS 1.3 with certificates of the installation
 * at both ends, then HTTP's Upgrade, then raw bytes.
 */
@ApplicationScoped
public class TierClient {

  private static final Duration CONNECT = Duration.ofSeconds(3);
  private static final int MOST_HEADER_BYTES = 8192;

  /** A link has room for what a fast one has in flight. */
  private static final int SOCKET_BUFFER_BYTES = 1 << 20;

  @Inject private Node node;

  private volatile SSLContext context;

  @PostConstruct
  void prepare() {
    try {
      char[] password = node.tlsPassword().toCharArray();
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(load(node.keystore(), password), password);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(load(node.truststore(), password));
      SSLContext made = SSLContext.getInstance("TLSv1.3");
      made.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      context = made;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(
          "reading the keys of this node from " + node.keystore() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Opens a connection and has it upgraded.
   *
   * @param token of the Upgrade header
   * @return the connection, ready for raw bytes; its reads have no time limit
   * @throws UpgradeRefused when the other node answered, and not by an upgrade
   * @throws IOException when it could not be reached
   */
  public TierConnection upgrade(String address, String path, String token) throws IOException {
    Socket raw = new Socket();
    try {
      raw.setOption(StandardSocketOptions.TCP_NODELAY, true);
      raw.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
      raw.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
      raw.connect(new InetSocketAddress(address, node.tierPort()), (int) CONNECT.toMillis());
      SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(raw, address, node.tierPort(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setProtocols(new String[] {"TLSv1.3"});
      socket.setSSLParameters(parameters);
      socket.setSoTimeout((int) CONNECT.toMillis());
      request(socket, address, path, token);
      socket.setSoTimeout(0);
      return new TierConnection(socket, raw);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  private void request(SSLSocket socket, String address, String path, String token)
      throws IOException {
    String head =
        "GET "
            + path
            + " HTTP/1.1\r\nHost: "
            + address
            + ":"
            + node.tierPort()
            + "\r\nConnection: Upgrade\r\nUpgrade: "
            + token
            + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    String answer = readHead(socket.getInputStream());
    String status = answer.lines().findFirst().orElse("");
    if (!status.startsWith("HTTP/1.1 101")) {
      throw new UpgradeRefused(status, reason(answer));
    }
  }

  /** Byte by byte, so that nothing of what follows the head is taken. */
  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < MOST_HEADER_BYTES) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection ended inside of the answer \"" + head + "\"");
      }
      head.append((char) next);
      if (next == '\n'
          && head.length() >= 4
          && head.substring(head.length() - 4).equals("\r\n\r\n")) {
        return head.toString();
      }
    }
    throw new IOException("the answer has a head of more than " + MOST_HEADER_BYTES + " bytes");
  }

  private static String reason(String head) {
    return head.lines()
        .filter(l -> l.regionMatches(true, 0, "X-MobiDesk-Error:", 0, 17))
        .findFirst()
        .map(l -> l.substring(17).strip())
        .orElse("");
  }

  private static KeyStore load(Path file, char[] password)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, password);
    }
    return store;
  }
}
