package org.mobidesk.infrastructure.tier;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import javax.net.ssl.SSLSocket;

/** An upgraded connection to another node. */
public final class TierConnection implements AutoCloseable {

  private final SSLSocket socket;
  private final Socket raw;

  TierConnection(SSLSocket socket, Socket raw) {
    this.socket = socket;
    this.raw = raw;
  }

  public InputStream input() throws IOException {
    return socket.getInputStream();
  }

  public OutputStream output() throws IOException {
    return socket.getOutputStream();
  }

  /**
   * Ends the connection at once, from any thread: reads and writes under way fail. TLS would say
   * goodbye first, and wait for a write that is stuck.
   */
  public void abort() throws IOException {
    raw.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
