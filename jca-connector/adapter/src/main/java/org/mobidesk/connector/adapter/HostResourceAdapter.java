package org.mobidesk.connector.adapter;

import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.BootstrapContext;
import jakarta.resource.spi.ConfigProperty;
import jakarta.resource.spi.Connector;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterInternalException;
import jakarta.resource.spi.TransactionSupport.TransactionSupportLevel;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.WorkManager;
import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.transaction.xa.XAResource;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.adapter.binding.HostHandle;
import org.mobidesk.connector.adapter.binding.LibMobidesk;

/**
 * Loads libmobidesk when the archive is deployed, knows where the daemon listens, and runs one
 * subscription for each active message endpoint.
 *
 * <p>The daemon need not be there at the start: connections fail until it is, subscriptions wait
 * for it.
 */
@Connector(
    displayName = "MobiDesk host daemon",
    description = "Sessions of this host, through mobidesk-hostd",
    vendorName = "MobiDesk",
    eisType = "mobidesk-hostd",
    version = "1.0",
    reauthenticationSupport = false,
    transactionSupport = TransactionSupportLevel.NoTransaction,
    requiredWorkContexts = jakarta.resource.spi.work.HintsContext.class)
public class HostResourceAdapter implements ResourceAdapter, Serializable {

  private static final long serialVersionUID = 1L;
  private static final System.Logger LOG = System.getLogger(HostResourceAdapter.class.getName());

  static final String SOCKET_PROPERTY = "mobidesk.hostd.socket";
  static final String LIBRARY_PROPERTY = "mobidesk.native.library";
  private static final String DEFAULT_SOCKET = "/run/mobidesk/hostd.sock";
  private static final String DEFAULT_LIBRARY = "mobidesk";

  @ConfigProperty(
      type = String.class,
      description =
          "Control socket of the daemon; empty: system property mobidesk.hostd.socket, else /run/mobidesk/hostd.sock")
  private String socket;

  @ConfigProperty(
      type = String.class,
      description =
          "Absolute path of libmobidesk.so; empty: system property mobidesk.native.library, else the dynamic linker's")
  private String nativeLibrary;

  private transient WorkManager workManager;
  private transient LibMobidesk lib;
  private transient Map<EndpointKey, HostEventSubscription> subscriptions;

  /** An endpoint is activated once for its factory and specification. */
  private record EndpointKey(MessageEndpointFactory factory, ActivationSpec spec) {}

  @Override
  public void start(BootstrapContext context) throws ResourceAdapterInternalException {
    workManager = context.getWorkManager();
    subscriptions = new ConcurrentHashMap<>();
    String library = effectiveNativeLibrary();
    try {
      lib = HostHandle.load(library);
    } catch (HostException e) {
      throw new ResourceAdapterInternalException(
          e.getMessage()
              + " (set the system property "
              + LIBRARY_PROPERTY
              + " to the path of libmobidesk.so)",
          e);
    }
    LOG.log(
        System.Logger.Level.INFO, "host daemon at {0}, library {1}", effectiveSocket(), library);
  }

  @Override
  public void stop() {
    subscriptions.values().forEach(HostEventSubscription::release);
    subscriptions.clear();
  }

  @Override
  public void endpointActivation(MessageEndpointFactory factory, ActivationSpec spec)
      throws ResourceException {
    if (!(spec instanceof HostEventActivationSpec eventSpec)) {
      throw new NotSupportedException(
          "an activation specification of this adapter is needed, not " + spec);
    }
    HostEventSubscription subscription = new HostEventSubscription(this, factory, eventSpec);
    subscriptions.put(new EndpointKey(factory, spec), subscription);
    workManager.startWork(subscription, WorkManager.INDEFINITE, null, null);
  }

  @Override
  public void endpointDeactivation(MessageEndpointFactory factory, ActivationSpec spec) {
    HostEventSubscription subscription = subscriptions.remove(new EndpointKey(factory, spec));
    if (subscription != null) {
      subscription.release();
    }
  }

  @Override
  public XAResource[] getXAResources(ActivationSpec[] specs) {
    return new XAResource[0];
  }

  /** A new connection to the daemon. */
  HostHandle connect() throws HostException {
    if (lib == null) {
      throw new HostException(
          HostException.Code.UNSUPPORTED, 0, "the resource adapter has not been started");
    }
    return HostHandle.connect(lib, effectiveSocket());
  }

  /** The control socket's path after all defaults. */
  String effectiveSocket() {
    return firstOf(socket, System.getProperty(SOCKET_PROPERTY), DEFAULT_SOCKET);
  }

  private String effectiveNativeLibrary() {
    return firstOf(nativeLibrary, System.getProperty(LIBRARY_PROPERTY), DEFAULT_LIBRARY);
  }

  private static String firstOf(String configured, String property, String fallback) {
    if (configured != null && !configured.isBlank()) {
      return configured;
    }
    return property != null && !property.isBlank() ? property : fallback;
  }

  public String getSocket() {
    return socket;
  }

  public void setSocket(String socket) {
    this.socket = socket;
  }

  public String getNativeLibrary() {
    return nativeLibrary;
  }

  public void setNativeLibrary(String nativeLibrary) {
    this.nativeLibrary = nativeLibrary;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HostResourceAdapter that
        && Objects.equals(socket, that.socket)
        && Objects.equals(nativeLibrary, that.nativeLibrary);
  }

  @Override
  public int hashCode() {
    return Objects.hash(socket, nativeLibrary);
  }
}
