package org.mobidesk.connector.adapter;

import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.mobidesk.connector.CheckpointStats;
import org.mobidesk.connector.DiskPass;
import org.mobidesk.connector.HoldStats;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.HostInfo;
import org.mobidesk.connector.RestoreStats;
import org.mobidesk.connector.SessionInfo;
import org.mobidesk.connector.SessionLimits;
import org.mobidesk.connector.SessionSpec;
import org.mobidesk.connector.SessionTraffic;
import org.mobidesk.connector.TemplateInfo;
import org.mobidesk.connector.adapter.binding.HostHandle;

/**
 * What the application holds: it goes to whichever managed connection it is associated with, until
 * it is closed.
 */
public final class HostConnectionHandle implements HostConnection {

  private final AtomicReference<HostManagedConnection> managed;

  HostConnectionHandle(HostManagedConnection managed) {
    this.managed = new AtomicReference<>(managed);
  }

  /** Associates with another managed connection; returns the one before, or null. */
  HostManagedConnection moveTo(HostManagedConnection other) {
    return managed.getAndSet(other);
  }

  /** The pool took the managed connection back. */
  void invalidate() {
    managed.set(null);
  }

  @Override
  public void close() {
    HostManagedConnection current = managed.getAndSet(null);
    if (current != null) {
      current.closed(this);
    }
  }

  @FunctionalInterface
  private interface Request<T> {
    T on(HostHandle host) throws HostException;
  }

  @FunctionalInterface
  private interface Order {
    void on(HostHandle host) throws HostException;
  }

  private <T> T ask(Request<T> request) throws HostException {
    HostManagedConnection current = open();
    try {
      return request.on(current.host());
    } catch (HostException e) {
      current.raised(e);
      throw e;
    }
  }

  private void tell(Order order) throws HostException {
    ask(
        host -> {
          order.on(host);
          return null;
        });
  }

  private SocketChannel stream(Request<String> ticket) throws HostException {
    StreamSocket streams = open().streams();
    return streams.open(ask(ticket));
  }

  private HostManagedConnection open() {
    HostManagedConnection current = managed.get();
    if (current == null) {
      throw new IllegalStateException("this connection to the host daemon is closed");
    }
    return current;
  }

  @Override
  public void ping() throws HostException {
    tell(HostHandle::ping);
  }

  @Override
  public HostInfo hostInfo() throws HostException {
    return ask(HostHandle::hostInfo);
  }

  @Override
  public List<TemplateInfo> templates() throws HostException {
    return ask(HostHandle::templates);
  }

  @Override
  public SessionInfo createSession(SessionSpec spec) throws HostException {
    return ask(host -> host.createSession(spec));
  }

  @Override
  public List<SessionInfo> sessions() throws HostException {
    return ask(HostHandle::sessions);
  }

  @Override
  public SessionInfo session(String id) throws HostException {
    return ask(host -> host.session(id));
  }

  @Override
  public void destroySession(String id, boolean keepDisk) throws HostException {
    tell(host -> host.destroySession(id, keepDisk));
  }

  @Override
  public void limitSession(String id, SessionLimits limits) throws HostException {
    tell(host -> host.limitSession(id, limits));
  }

  @Override
  public SocketChannel attach(String id) throws HostException {
    return stream(host -> host.attach(id));
  }

  @Override
  public SocketChannel exec(String id, List<String> argv, boolean root) throws HostException {
    return stream(host -> host.exec(id, argv, root));
  }

  @Override
  public void reserve(SessionSpec spec, long imageBytes, String needs) throws HostException {
    tell(host -> host.reserve(spec, imageBytes, needs));
  }

  @Override
  public void sync(String id, long epoch) throws HostException {
    tell(host -> host.sync(id, epoch));
  }

  @Override
  public SocketChannel exportMemory(String id, long epoch, boolean whole) throws HostException {
    return stream(host -> host.exportMemory(id, epoch, whole));
  }

  @Override
  public CheckpointStats checkpoint(String id, long epoch, boolean ahead) throws HostException {
    return ask(host -> host.checkpoint(id, epoch, ahead));
  }

  @Override
  public CheckpointStats copy(String id, long epoch, long newEpoch) throws HostException {
    return ask(host -> host.copy(id, epoch, newEpoch));
  }

  @Override
  public SocketChannel exportImage(String id, long epoch) throws HostException {
    return stream(host -> host.exportImage(id, epoch));
  }

  @Override
  public SocketChannel importImage(String id, long epoch) throws HostException {
    return stream(host -> host.importImage(id, epoch));
  }

  @Override
  public SocketChannel exportDisk(String id, long epoch, DiskPass pass) throws HostException {
    return stream(host -> host.exportDisk(id, epoch, pass));
  }

  @Override
  public boolean awaitsDisk(String id, long epoch) throws HostException {
    return ask(host -> !host.importDisk(id, epoch).isEmpty());
  }

  @Override
  public SocketChannel importDisk(String id, long epoch) throws HostException {
    return stream(host -> host.importDisk(id, epoch));
  }

  @Override
  public boolean grow(String id, long epoch, long bytes) throws HostException {
    return ask(host -> host.grow(id, epoch, bytes));
  }

  @Override
  public long storeImage(String id, long epoch) throws HostException {
    return ask(host -> host.storeImage(id, epoch));
  }

  @Override
  public long loadImage(String id, long epoch) throws HostException {
    return ask(host -> host.loadImage(id, epoch));
  }

  @Override
  public void pruneImages(String id, long epoch) throws HostException {
    tell(host -> host.pruneImages(id, epoch));
  }

  @Override
  public long restoreDisk(String id, long epoch) throws HostException {
    return ask(host -> host.restoreDisk(id, epoch));
  }

  @Override
  public long fenceDisk(String id) throws HostException {
    return ask(host -> host.fenceDisk(id));
  }

  @Override
  public RestoreStats restore(SessionSpec spec) throws HostException {
    return ask(host -> host.restore(spec));
  }

  @Override
  public RestoreStats resume(String id, long newEpoch) throws HostException {
    return ask(host -> host.resume(id, newEpoch));
  }

  @Override
  public void abort(String id, long epoch) throws HostException {
    tell(host -> host.abort(id, epoch));
  }

  @Override
  public void reap(String id, long epoch) throws HostException {
    tell(host -> host.reap(id, epoch));
  }

  @Override
  public void route(String sessionAddress, String serverAddress) throws HostException {
    tell(host -> host.route(sessionAddress, serverAddress));
  }

  @Override
  public void hold(String sessionAddress) throws HostException {
    tell(host -> host.hold(sessionAddress));
  }

  @Override
  public HoldStats release(String sessionAddress, String serverAddress) throws HostException {
    return ask(host -> host.release(sessionAddress, serverAddress));
  }

  @Override
  public void forget(String sessionAddress) throws HostException {
    tell(host -> host.forget(sessionAddress));
  }

  @Override
  public void policy(String sessionAddress, String policy) throws HostException {
    tell(host -> host.policy(sessionAddress, policy));
  }

  @Override
  public SessionTraffic traffic(String sessionAddress) throws HostException {
    return ask(host -> host.traffic(sessionAddress));
  }
}
