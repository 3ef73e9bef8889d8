package org.mobidesk.viewer.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * The far end of a viewer: a TLS server on a free port of the loopback that answers logins as
 * docs/rest.md says and hands each upgraded connection to the test.
 */
public final class TestProxy implements AutoCloseable {
  public static final String USER = "ada";
  public static final String PASSWORD = "correct horse";
  private static final String COOKIE = "c0ffee";

  private final SSLServerSocket server;
  private final BlockingQueue<SSLSocket> displays = new LinkedBlockingQueue<>();
  private volatile boolean cookieValid = true;
  private volatile boolean displayAvailable = true;

  /** Listens on a free port. */
  public TestProxy(SSLContext tls) throws IOException {
    this(tls, 0);
  }

  /** Listens on that port: one that went away is back. */
  public TestProxy(SSLContext tls, int port) throws IOException {
    server = (SSLServerSocket) tls.getServerSocketFactory().createServerSocket();
    server.setReuseAddress(true);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    server.setEnabledProtocols(new String[] {"TLSv1.3"});
    Thread.ofVirtual().name("test-proxy").start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  public String address() {
    return "127.0.0.1:" + port();
  }

  /** Whether the cookie of earlier logins is good for new connections. */
  public void setCookieValid(boolean valid) {
    cookieValid = valid;
  }

  /** Whether /display is answered by 101 or 503. */
  public void setDisplayAvailable(boolean available) {
    displayAvailable = available;
  }

  /** The next display connection, for the test to speak; fails when none comes. */
  public TestSession awaitSession() throws InterruptedException {
    return new TestSession(awaitDisplay());
  }

  /** The next display connection, joined to a session's display socket. */
  public Bridge awaitBridge(Path socket) throws IOException, InterruptedException {
    return new Bridge(awaitDisplay(), socket);
  }

  private SSLSocket awaitDisplay() throws InterruptedException {
    SSLSocket display = displays.poll(60, TimeUnit.SECONDS);
    if (display == null) {
      throw new AssertionError("the viewer has not connected to the display within 60 s");
    }
    return display;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (SSLSocket display : displays) {
      display.close();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        SSLSocket socket = (SSLSocket) server.accept();
        Thread.ofVirtual().name("test-proxy-connection").start(() -> serve(socket));
      } catch (IOException e) {
        // Closed by the test.
      }
    }
  }

  private void serve(SSLSocket socket) {
    try {
      while (answer(socket)) {
        // keep-alive: the next request
      }
    } catch (SSLException | EOFException | SocketException e) {
      // A viewer that does not trust this server, or is done: what the tests want to see.
    } catch (IOException e) {
      throw new AssertionError("serving a viewer", e);
    }
  }

  /** Answers one request; false when the connection is no longer HTTP's. */
  private boolean answer(SSLSocket socket) throws IOException {
    String head = readHead(socket.getInputStream());
    String body = readBody(head, socket.getInputStream());
    if (head.startsWith("POST /api/v1/login ")) {
      boolean known = body.contains('"' + USER + '"') && body.contains('"' + PASSWORD + '"');
      reply(
          socket,
          known ? "200 OK" : "401 Unauthorized",
          known
              ? "{\"cookie\": \"%s\", \"session\": {\"id\": \"s-1\"}}".formatted(COOKIE)
              : "{\"error\": {\"code\": \"login-failed\", \"message\": \"wrong\"}}");
      return true;
    }
    if (head.startsWith("GET /display ")) {
      return display(socket, head);
    }
    if (head.startsWith("POST /api/v1/logout ")) {
      reply(socket, "204 No Content", "");
      return true;
    }
    reply(socket, "404 Not Found", "");
    return true;
  }

  private boolean display(SSLSocket socket, String head) throws IOException {
    boolean authorized = head.contains("Authorization: Bearer " + COOKIE + "\r\n") && cookieValid;
    if (!authorized) {
      reply(socket, "401 Unauthorized", "");
      return true;
    }
    if (!displayAvailable) {
      reply(socket, "503 Service Unavailable", "");
      return true;
    }
    socket
        .getOutputStream()
        .write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mobidesk-display/1\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    displays.add(socket);
    return false;
  }

  private static void reply(SSLSocket socket, String status, String body) throws IOException {
    socket
        .getOutputStream()
        .write(
            "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(status, body.length(), body)
                .getBytes(StandardCharsets.US_ASCII));
  }

  private static String readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static String readBody(String head, InputStream in) throws IOException {
    int length =
        head.lines()
            .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
            .map(line -> Integer.parseInt(line.substring(15).strip()))
            .findFirst()
            .orElse(0);
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }
}
