package org.mobidesk.viewer.connection;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.mobidesk.protocol.Protocol;

/**
 * The way to one session's display: TCP, TLS 1.3, HTTP/1.1 Upgrade; then raw bytes both ways.
 * Reading and writing may be done by one thread each; {@link #close} by any, and ends both.
 */
public final class DisplayTransport implements AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /**
   * How long the server may take for handshake and answer: it attaches to the session meanwhile.
   */
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

  /** More than any server sends before the empty line. */
  private static final int MAX_HEAD_BYTES = 16_384;

  private final Socket plain;
  private final SSLSocket socket;

  private DisplayTransport(Socket plain, SSLSocket socket) {
    this.plain = plain;
    this.socket = socket;
  }

  /**
   * Connects.
   *
   * @throws RefusedException when the server answers something else than 101
   * @throws IOException when it cannot be reached
   */
  public static DisplayTransport open(SessionTicket ticket, SSLContext tls) throws IOException {
    ServerAddress server = ticket.server();
    Socket plain = new Socket();
    try {
      plain.connect(
          new InetSocketAddress(server.host(), server.port()), (int) CONNECT_TIMEOUT.toMillis());
      plain.setOption(StandardSocketOptions.TCP_NODELAY, true);
      plain.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      plain.setSoTimeout((int) ANSWER_TIMEOUT.toMillis());
      SSLSocket socket =
          (SSLSocket)
              tls.getSocketFactory().createSocket(plain, server.host(), server.port(), true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(new String[] {"TLSv1.3"});
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      upgrade(socket, ticket);
      socket.setSoTimeout(0);
      return new DisplayTransport(plain, socket);
    } catch (IOException | RuntimeException e) {
      plain.close();
      throw e;
    }
  }

  public InputStream in() throws IOException {
    return socket.getInputStream();
  }

  public OutputStream out() throws IOException {
    return socket.getOutputStream();
  }

  /**
   * Ends the connection at once. It is the TCP socket that is closed: closing the TLS socket would
   * wait for a writer that may hang in a dead connection, and who listens learns nothing from a TLS
   * close that the end of TCP does not say.
   */
  @Override
  public void close() throws IOException {
    plain.close();
  }

  private static void upgrade(SSLSocket socket, SessionTicket ticket) throws IOException {
    String request =
        """
        GET /display HTTP/1.1
        Host: %s
        Authorization: Bearer %s
        Connection: Upgrade
        Upgrade: %s

        """
            .formatted(ticket.server().authority(), ticket.cookie(), Protocol.UPGRADE_TOKEN)
            .replace("\n", "\r\n");
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    String head = readHead(socket.getInputStream());
    int status = statusOf(head);
    boolean upgraded =
        head.toLowerCase(Locale.ROOT).contains("\r\nupgrade: " + Protocol.UPGRADE_TOKEN);
    if (status != 101 || !upgraded) {
      throw refusal(status);
    }
  }

  /** Reads up to the empty line and not one byte more: what follows is the display protocol. */
  private static String readHead(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int matched = 0; // of \r\n\r\n
    while (matched < 4) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the server closed the connection instead of answering");
      }
      head.write(next);
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
      if (head.size() > MAX_HEAD_BYTES) {
        throw new IOException("the server's answer is no HTTP");
      }
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static int statusOf(String head) throws IOException {
    String[] line = head.lines().findFirst().orElse("").split(" ", 3);
    if (line.length < 2 || !line[0].startsWith("HTTP/1.") || !line[1].matches("\\d{3}")) {
      throw new IOException("the server's answer is no HTTP");
    }
    return Integer.parseInt(line[1]);
  }

  private static RefusedException refusal(int status) {
    return switch (status) {
      case 401, 403 ->
          new RefusedException(
              RefusedException.Reason.COOKIE, "Your login is no longer valid. Log in again.");
      case 404, 410 ->
          new RefusedException(
              RefusedException.Reason.COOKIE, "The session does not exist any more.");
      case 409, 429, 500, 502, 503, 504 ->
          new RefusedException(
              RefusedException.Reason.UNAVAILABLE,
              "The server cannot show the session now (HTTP status %d).".formatted(status));
      default ->
          new RefusedException(
              RefusedException.Reason.OTHER,
              "The server does not offer displays (HTTP status %d). Is it a MobiDesk proxy of this"
                      .formatted(status)
                  + " version?");
    };
  }
}
