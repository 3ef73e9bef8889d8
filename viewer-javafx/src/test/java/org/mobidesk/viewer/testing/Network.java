package org.mobidesk.viewer.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network between viewer and proxy that can be gone for a while: connections stay open on both
 * sides, and nothing passes.
 */
public final class Network implements AutoCloseable {
  private final ServerSocketChannel entrance;
  private final int target;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition back = lock.newCondition();
  private boolean gone;

  /** Leads to a port of the loopback. */
  public Network(int target) throws IOException {
    this.target = target;
    entrance = ServerSocketChannel.open();
    entrance.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.ofVirtual().name("network").start(this::accept);
  }

  public String address() {
    return "127.0.0.1:" + entrance.socket().getLocalPort();
  }

  public void setGone(boolean isGone) {
    lock.lock();
    try {
      gone = isGone;
      back.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket near = entrance.accept().socket();
        Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
        Thread.ofVirtual().start(() -> pass(near, far));
        Thread.ofVirtual().start(() -> pass(far, near));
      }
    } catch (IOException e) {
      // Closed by the test.
    }
  }

  private void pass(Socket from, Socket to) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[16_384];
      int count;
      while ((count = in.read(bytes)) >= 0) {
        awaitBack();
        out.write(bytes, 0, count);
      }
    } catch (IOException e) {
      // One end has gone; closing both tells the other.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitBack() throws InterruptedException {
    lock.lock();
    try {
      while (gone) {
        back.await();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    setGone(false);
  }
}
