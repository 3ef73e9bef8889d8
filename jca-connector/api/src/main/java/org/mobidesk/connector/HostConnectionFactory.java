package org.mobidesk.connector;

import jakarta.resource.Referenceable;
import java.io.Serializable;

/**
 * Gives pooled connections to the host daemon of this node; bound at {@value #JNDI_NAME}.
 *
 * <p>Safe for use by any thread.
 */
public interface HostConnectionFactory extends Serializable, Referenceable {

  /** Where the resource archive binds the factory. */
  String JNDI_NAME = "java:/eis/mobidesk/Host";

  /**
   * A connection for one thread and one piece of work; close it when done.
   *
   * @throws HostException {@link HostException.Code#DISCONNECTED} when the daemon is not there,
   *     {@link HostException.Code#DENIED} when it does not admit this user, {@link
   *     HostException.Code#BUSY} when all connections of the pool are in use and none came back in
   *     time
   */
  HostConnection getConnection() throws HostException;
}
