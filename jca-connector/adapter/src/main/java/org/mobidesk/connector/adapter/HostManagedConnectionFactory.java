package org.mobidesk.connector.adapter;

import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionDefinition;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.IllegalStateException;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionFactory;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterAssociation;
import jakarta.resource.spi.ValidatingManagedConnectionFactory;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import javax.security.auth.Subject;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;

/**
 * Makes connections to the daemon that the resource adapter knows, and finds out which of them
 * still work.
 */
@ConnectionDefinition(
    connectionFactory = HostConnectionFactory.class,
    connectionFactoryImpl = PooledHostConnectionFactory.class,
    connection = HostConnection.class,
    connectionImpl = HostConnectionHandle.class)
public class HostManagedConnectionFactory
    implements ManagedConnectionFactory,
        ValidatingManagedConnectionFactory,
        ResourceAdapterAssociation {

  private static final long serialVersionUID = 1L;

  private HostResourceAdapter adapter;
  private transient PrintWriter logWriter;

  @Override
  public Object createConnectionFactory(ConnectionManager manager) {
    return new PooledHostConnectionFactory(this, manager);
  }

  @Override
  public Object createConnectionFactory() throws ResourceException {
    throw new NotSupportedException(
        "connections to the host daemon need an application server that pools them");
  }

  @Override
  public ManagedConnection createManagedConnection(Subject subject, ConnectionRequestInfo info)
      throws ResourceException {
    if (adapter == null) {
      throw new IllegalStateException("no resource adapter was set");
    }
    return new HostManagedConnection(adapter.connect(), adapter.effectiveSocket());
  }

  /** All connections are alike: any one that has not failed will do. */
  @Override
  @SuppressWarnings("rawtypes")
  public ManagedConnection matchManagedConnections(
      Set connections, Subject subject, ConnectionRequestInfo info) {
    for (Object connection : connections) {
      if (connection instanceof HostManagedConnection candidate && !candidate.failed()) {
        return candidate;
      }
    }
    return null;
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Set getInvalidConnections(Set connections) {
    Set<Object> invalid = new HashSet<>();
    for (Object connection : connections) {
      if (connection instanceof HostManagedConnection candidate && !candidate.answers()) {
        invalid.add(candidate);
      }
    }
    return invalid;
  }

  @Override
  public ResourceAdapter getResourceAdapter() {
    return adapter;
  }

  @Override
  public void setResourceAdapter(ResourceAdapter adapter) throws ResourceException {
    if (this.adapter != null) {
      throw new IllegalStateException("the resource adapter was set already");
    }
    if (!(adapter instanceof HostResourceAdapter ours)) {
      throw new NotSupportedException("not the resource adapter of this factory: " + adapter);
    }
    this.adapter = ours;
  }

  @Override
  public PrintWriter getLogWriter() {
    return logWriter;
  }

  @Override
  public void setLogWriter(PrintWriter logWriter) {
    this.logWriter = logWriter;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HostManagedConnectionFactory that
        && Objects.equals(adapter, that.adapter);
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(adapter);
  }
}
