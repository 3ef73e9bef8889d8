package org.mobidesk.interfaces;

import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jboss.logging.Logger;

/** Runs a stream on an upgraded connection, in a thread of its own, and closes the connection. */
public class StreamHandler implements HttpUpgradeHandler {

  private static final Logger LOG = Logger.getLogger(StreamHandler.class);

  private Stream stream;

  /** What is done with the raw bytes; it ends when the streams do. */
  @FunctionalInterface
  public interface Stream {
    void run(Peer peer) throws IOException;
  }

  /** The other end: blocking streams, one thread for each direction. */
  public static final class Peer {

    private final WebConnection connection;
    private final InputStream input;
    private final OutputStream output;

    Peer(WebConnection connection) throws IOException {
      this.connection = connection;
      this.input = new ClosableInput(connection.getInputStream());
      this.output = connection.getOutputStream();
    }

    public InputStream input() {
      return input;
    }

    public OutputStream output() {
      return output;
    }

    /** Ends the connection, from any thread. */
    public void close() {
      try {
        connection.close();
      } catch (Exception e) {
        LOG.debug("closing an upgraded connection", e);
      }
    }
  }

  /**
   * The container's stream, but for what it does to a reader when another thread closes the
   * connection: it drops its buffer under the reader's hands.
   */
  private static final class ClosableInput extends FilterInputStream {

    ClosableInput(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return super.read(bytes, offset, length);
      } catch (NullPointerException | IllegalStateException e) {
        throw new IOException("the connection was closed", e);
      }
    }
  }

  /** Sets what is to be run; called before the container calls {@link #init}. */
  void stream(Stream toRun) {
    stream = toRun;
  }

  @Override
  public void init(WebConnection connection) {
    Thread.ofVirtual().name("stream").start(() -> run(connection));
  }

  private void run(WebConnection connection) {
    try {
      Peer peer = new Peer(connection);
      try {
        stream.run(peer);
      } finally {
        peer.close();
      }
    } catch (IOException e) {
      LOG.debug("a stream ended", e);
    } catch (RuntimeException e) {
      LOG.error("a stream failed", e);
    }
  }

  @Override
  public void destroy() {
    LOG.trace("an upgraded connection is gone");
  }
}
