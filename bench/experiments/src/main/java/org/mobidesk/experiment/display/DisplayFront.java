package org.mobidesk.experiment.display;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * The least that a viewer can log in to: one user's display behind TLS 1.3 and HTTP Upgrade, as
 * docs/rest.md says, without proxy, database or relay. Only for measuring display and viewer as the
 * peers are measured.
 */
public final class DisplayFront {
  private final Path socket;
  private final String password;

  private DisplayFront(Path socket, String password) {
    this.socket = socket;
    this.password = password;
  }

  /**
   * Serves until it is ended.
   *
   * @param args address, port, PKCS#12 file, its password (and the user's), the display's socket
   */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    SSLServerSocket server =
        (SSLServerSocket)
            tls(Path.of(args[2]), args[3]).getServerSocketFactory().createServerSocket();
    server.bind(new InetSocketAddress(args[0], Integer.parseInt(args[1])));
    server.setEnabledProtocols(new String[] {"TLSv1.3"});
    Path display = Path.of(args[4]);
    DisplayFront front = new DisplayFront(display, args[3]);
    Files.writeString(display.resolveSibling("front.ready"), "");
    while (true) {
      SSLSocket viewer = (SSLSocket) server.accept();
      Thread.ofPlatform().start(() -> front.serve(viewer));
    }
  }

  private static SSLContext tls(Path keys, String password)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, password.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, password.toCharArray());
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(factory.getKeyManagers(), null, null);
    return context;
  }

  private void serve(SSLSocket viewer) {
    try (viewer) {
      viewer.setTcpNoDelay(true);
      while (true) {
        String head = head(viewer.getInputStream());
        String body = new String(viewer.getInputStream().readNBytes(length(head)));
        if (head.startsWith("POST /api/v1/login ") && body.contains('"' + password + '"')) {
          String answer = "{\"cookie\": \"bench\", \"session\": {\"id\": \"bench\"}}";
          reply(viewer, "200 OK\r\nContent-Type: application/json", answer);
        } else if (head.startsWith("GET /display ")) {
          reply(viewer, "101 Switching Protocols\r\nConnection: Upgrade\r\n" + upgrade(head), null);
          join(viewer);
          return;
        } else {
          reply(viewer, "404 Not Found", "");
        }
      }
    } catch (IOException e) {
      System.err.println("a viewer has gone: " + e.getMessage());
    }
  }

  /** The header of the version that the viewer asks for. */
  private static String upgrade(String head) {
    return head.lines()
        .filter(l -> l.toLowerCase(Locale.ROOT).startsWith("upgrade:"))
        .findFirst()
        .orElse("Upgrade: none");
  }

  private static void reply(SSLSocket viewer, String head, String body) throws IOException {
    String length = body == null ? "" : "\r\nContent-Length: " + body.length();
    viewer
        .getOutputStream()
        .write(
            ("HTTP/1.1 " + head + length + "\r\n\r\n" + (body == null ? "" : body))
                .getBytes(StandardCharsets.US_ASCII));
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("no more requests");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static int length(String head) {
    return head.lines()
        .filter(l -> l.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .mapToInt(l -> Integer.parseInt(l.substring(15).strip()))
        .findFirst()
        .orElse(0);
  }

  /** Copies both ways until one end has gone. */
  private void join(SSLSocket viewer) throws IOException {
    try (SocketChannel session = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      InputStream fromSession = Channels.newInputStream(session);
      OutputStream toSession = Channels.newOutputStream(session);
      Thread.ofPlatform().daemon().start(() -> copy(viewer, session, toSession));
      fromSession.transferTo(viewer.getOutputStream());
    }
  }

  private static void copy(SSLSocket viewer, SocketChannel session, OutputStream toSession) {
    try (session) {
      viewer.getInputStream().transferTo(toSession);
    } catch (IOException e) {
      // The other direction ends, too, and says so.
    }
  }
}
