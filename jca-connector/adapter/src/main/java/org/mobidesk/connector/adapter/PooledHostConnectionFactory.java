package org.mobidesk.connector.adapter;

import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import javax.naming.Reference;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;
import org.mobidesk.connector.HostException;

/**
 * What is bound in JNDI: asks the application server's pool, and says its failures in the words of
 * this API.
 */
public final class PooledHostConnectionFactory implements HostConnectionFactory {

  private static final long serialVersionUID = 1L;

  /** IronJacamar's message for "no connection came back in time"; there is no type for it. */
  private static final String POOL_EXHAUSTED = "IJ000655";

  private final HostManagedConnectionFactory factory;
  private final ConnectionManager manager;
  private Reference reference;

  PooledHostConnectionFactory(HostManagedConnectionFactory factory, ConnectionManager manager) {
    this.factory = factory;
    this.manager = manager;
  }

  @Override
  public HostConnection getConnection() throws HostException {
    try {
      return (HostConnection) manager.allocateConnection(factory, null);
    } catch (ResourceException e) {
      throw translated(e);
    }
  }

  static HostException translated(ResourceException failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof HostException host) {
        return new HostException(host.code(), host.errno(), host.getMessage(), failure);
      }
      if (t.getMessage() != null && t.getMessage().startsWith(POOL_EXHAUSTED)) {
        return new HostException(
            HostException.Code.BUSY,
            0,
            "all connections to the host daemon are in use: " + t.getMessage(),
            failure);
      }
    }
    return new HostException(
        HostException.Code.INTERNAL,
        0,
        "getting a connection to the host daemon: " + failure.getMessage(),
        failure);
  }

  @Override
  public Reference getReference() {
    return reference;
  }

  @Override
  public void setReference(Reference reference) {
    this.reference = reference;
  }
}
