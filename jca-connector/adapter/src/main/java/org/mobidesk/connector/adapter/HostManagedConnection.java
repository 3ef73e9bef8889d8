package org.mobidesk.connector.adapter;

import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionEvent;
import jakarta.resource.spi.ConnectionEventListener;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.IllegalStateException;
import jakarta.resource.spi.LocalTransaction;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionMetaData;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import javax.security.auth.Subject;
import javax.transaction.xa.XAResource;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.adapter.binding.HostHandle;

/**
 * A physical connection in the pool, and the application's handles on it.
 *
 * <p>When a call finds the daemon gone, the pool is told ({@code connectionErrorOccurred}) and
 * destroys it.
 */
public final class HostManagedConnection implements ManagedConnection {

  private final HostHandle host;
  private final StreamSocket streams;
  private final Set<HostConnectionHandle> handles = ConcurrentHashMap.newKeySet();
  private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean failed;
  private volatile PrintWriter logWriter;

  HostManagedConnection(HostHandle host, String controlSocket) {
    this.host = host;
    this.streams = StreamSocket.beside(controlSocket);
  }

  @Override
  public Object getConnection(Subject subject, ConnectionRequestInfo info)
      throws ResourceException {
    if (failed) {
      throw new IllegalStateException("the connection to the host daemon has failed");
    }
    HostConnectionHandle handle = new HostConnectionHandle(this);
    handles.add(handle);
    return handle;
  }

  @Override
  public void associateConnection(Object connection) throws ResourceException {
    if (!(connection instanceof HostConnectionHandle handle)) {
      throw new NotSupportedException("not a connection of this adapter: " + connection);
    }
    HostManagedConnection before = handle.moveTo(this);
    if (before != null) {
      before.handles.remove(handle);
    }
    handles.add(handle);
  }

  @Override
  public void cleanup() {
    handles.forEach(HostConnectionHandle::invalidate);
    handles.clear();
  }

  @Override
  public void destroy() {
    cleanup();
    host.close();
  }

  HostHandle host() {
    return host;
  }

  StreamSocket streams() {
    return streams;
  }

  /** Whether a call found the daemon gone. */
  boolean failed() {
    return failed;
  }

  /** Asks the daemon; no listener is told, for it is the pool that asks. */
  boolean answers() {
    if (failed) {
      return false;
    }
    try {
      host.ping();
      return true;
    } catch (HostException e) {
      failed = true;
      return false;
    }
  }

  /** The application closed a handle. */
  void closed(HostConnectionHandle handle) {
    handles.remove(handle);
    ConnectionEvent event = new ConnectionEvent(this, ConnectionEvent.CONNECTION_CLOSED);
    event.setConnectionHandle(handle);
    tell(ConnectionEventListener::connectionClosed, event);
  }

  /** A call of a handle failed: when the daemon is gone, so is this connection. */
  void raised(HostException failure) {
    if (failure.code() == HostException.Code.DISCONNECTED && !failed) {
      failed = true;
      tell(
          ConnectionEventListener::connectionErrorOccurred,
          new ConnectionEvent(this, ConnectionEvent.CONNECTION_ERROR_OCCURRED, failure));
    }
  }

  private void tell(
      BiConsumer<ConnectionEventListener, ConnectionEvent> what, ConnectionEvent event) {
    listeners.forEach(listener -> what.accept(listener, event));
  }

  @Override
  public void addConnectionEventListener(ConnectionEventListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeConnectionEventListener(ConnectionEventListener listener) {
    listeners.remove(listener);
  }

  @Override
  public XAResource getXAResource() throws ResourceException {
    throw new NotSupportedException("the host daemon takes no part in transactions");
  }

  @Override
  public LocalTransaction getLocalTransaction() throws ResourceException {
    throw new NotSupportedException("the host daemon takes no part in transactions");
  }

  @Override
  public ManagedConnectionMetaData getMetaData() throws ResourceException {
    return new HostMetaData(host.hostInfo().daemonVersion(), System.getProperty("user.name"));
  }

  @Override
  public PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public void setLogWriter(PrintWriter logWriter) {
    this.logWriter = logWriter;
  }

  /** The daemon has no limit of its own on connections (0), and knows a caller by its unix user. */
  private record HostMetaData(String getEISProductVersion, String getUserName)
      implements ManagedConnectionMetaData {
    @Override
    public String getEISProductName() {
      return "mobidesk-hostd";
    }

    @Override
    public int getMaxConnections() {
      return 0;
    }
  }
}
