package org.mobidesk.lab.node;

import static io.undertow.Handlers.path;
import static io.undertow.Handlers.websocket;

import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.SplittableRandom;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * What a user of a desktop talks with elsewhere, on the outside host: a download over HTTPS, a page
 * whose WebSocket counts, and a UDP service that sends each packet back. A program of its own. Its
 * log has a line for each hundredth count of a WebSocket, and for each WebSocket's begin and end.
 */
final class StreamServer {
  static final int HTTPS_PORT = 8443;
  static final int HTTP_PORT = 8080;
  static final int ECHO_PORT = 5004;
  static final int DOWNLOAD_BYTES = 400_000_000;

  private static final int BLOCK = 1 << 16;
  private static final int LARGEST_PACKET = 1500;
  private static final int LOGGED = 100;

  /** Counts one, waits for it to come back, counts on; its title is what it has come to. */
  private static final String PAGE =
      """
      <!doctype html><title>count 0</title>
      <script>
        const socket = new WebSocket(`ws://${location.host}/count`);
        socket.onopen = () => socket.send('1');
        socket.onmessage = m => {
          document.title = `count ${m.data}`;
          setTimeout(() => socket.send(String(Number(m.data) + 1)), 10);
        };
        socket.onclose = () => document.title = 'closed';
      </script>
      """;

  private final PrintStream log;

  private StreamServer(PrintStream log) {
    this.log = log;
  }

  /** Arguments: address to listen on, key store (PKCS 12), its password's file, file of the log. */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    PrintStream log =
        new PrintStream(Files.newOutputStream(Path.of(args[3])), true, StandardCharsets.US_ASCII);
    StreamServer server = new StreamServer(log);
    Undertow.builder()
        .addHttpsListener(
            HTTPS_PORT, args[0], context(Path.of(args[1]), Files.readString(Path.of(args[2]))))
        .addHttpListener(HTTP_PORT, args[0])
        .setHandler(
            path()
                .addExactPath("/download", new BlockingHandler(StreamServer::download))
                .addExactPath("/page", StreamServer::page)
                .addExactPath("/count", websocket((exchange, channel) -> server.count(channel))))
        .build()
        .start();
    echo(args[0]);
  }

  private static SSLContext context(Path store, String password)
      throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, password.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password.toCharArray());
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  /** The bytes of the download, in blocks of {@link #BLOCK}. */
  interface Sink {
    void take(byte[] block, int length) throws IOException;
  }

  /** Gives {@code sink} what everybody who downloads gets. */
  static void generate(Sink sink) throws IOException {
    SplittableRandom random = new SplittableRandom(DOWNLOAD_BYTES);
    byte[] block = new byte[BLOCK];
    for (int left = DOWNLOAD_BYTES; left > 0; left -= Math.min(left, BLOCK)) {
      random.nextBytes(block);
      sink.take(block, Math.min(left, BLOCK));
    }
  }

  private static void download(HttpServerExchange exchange) throws IOException {
    exchange.setResponseContentLength(DOWNLOAD_BYTES);
    generate((block, length) -> exchange.getOutputStream().write(block, 0, length));
    exchange.endExchange();
  }

  private static void page(HttpServerExchange exchange) {
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, "text/html; charset=utf-8");
    exchange.getResponseSender().send(PAGE);
  }

  private void count(WebSocketChannel channel) {
    note("open");
    channel
        .getReceiveSetter()
        .set(
            new AbstractReceiveListener() {
              private long last;

              @Override
              protected void onFullTextMessage(WebSocketChannel c, BufferedTextMessage message) {
                String text = message.getData();
                if (Long.parseLong(text) != ++last) {
                  note("wrong " + text + " after " + (last - 1));
                }
                if (last % LOGGED == 0) {
                  note("count " + last);
                }
                WebSockets.sendText(text, c, null);
              }
            });
    channel.addCloseTask(c -> note("closed"));
    channel.resumeReceives();
  }

  private synchronized void note(String line) {
    log.println(line);
  }

  private static void echo(String address) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, ECHO_PORT))) {
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST_PACKET], LARGEST_PACKET);
      while (true) {
        packet.setLength(LARGEST_PACKET);
        socket.receive(packet);
        socket.send(packet);
      }
    }
  }
}
