package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;

/** Copies bytes between a viewer and a session's display socket, as the proxies do. */
public final class Bridge implements AutoCloseable {
  private final SSLSocket viewer;
  private final SocketChannel session;

  public Bridge(SSLSocket viewer, Path socket) throws IOException {
    this.viewer = viewer;
    session = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    InputStream fromSession = Channels.newInputStream(session);
    OutputStream toSession = Channels.newOutputStream(session);
    InputStream fromViewer = viewer.getInputStream();
    OutputStream toViewer = viewer.getOutputStream();
    Thread.ofVirtual().name("to-viewer").start(() -> copy(fromSession, toViewer));
    Thread.ofVirtual().name("to-session").start(() -> copy(fromViewer, toSession));
  }

  private void copy(InputStream from, OutputStream to) {
    try (this) {
      from.transferTo(to);
    } catch (IOException e) {
      // One end has gone; closing both tells the other.
    }
  }

  @Override
  public void close() throws IOException {
    viewer.close();
    session.close();
  }
}
