package org.mobidesk.connector.adapter;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.mobidesk.connector.HostException;

/**
 * The daemon's stream socket: a ticket buys a connection that is one stream
 * (docs/hostd-protocol.md).
 *
 * @param path of the socket
 */
record StreamSocket(Path path) {

  private static final String NAME = "stream.sock";

  /** The stream socket lies beside the control socket. */
  static StreamSocket beside(String controlSocket) {
    return new StreamSocket(Path.of(controlSocket).resolveSibling(NAME));
  }

  /** Connects and presents the ticket; the channel is in blocking mode and the caller's. */
  SocketChannel open(String ticket) throws HostException {
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
      ByteBuffer line = StandardCharsets.US_ASCII.encode(ticket + "\n");
      while (line.hasRemaining()) {
        channel.write(line);
      }
      return channel;
    } catch (IOException e) {
      HostException failure =
          new HostException(
              HostException.Code.DISCONNECTED,
              0,
              "opening a stream at " + path + ": " + e.getMessage(),
              e);
      close(channel, failure);
      throw failure;
    }
  }

  private static void close(SocketChannel channel, HostException failure) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        failure.addSuppressed(e);
      }
    }
  }
}
