package org.mobidesk.infrastructure.jca;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.Gateway;
import org.mobidesk.connector.HoldStats;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;
import org.mobidesk.connector.HostException;

/** The gateway of the host daemon at the proxy. */
@ApplicationScoped
public class JcaGateway implements Gateway {

  @Resource(lookup = HostConnectionFactory.JNDI_NAME)
  private HostConnectionFactory factory;

  @Override
  public void route(String sessionAddress, String serverAddress) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      host.route(sessionAddress, serverAddress);
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }

  @Override
  public void hold(String sessionAddress) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      host.hold(sessionAddress);
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }

  @Override
  public Map<String, Long> release(String sessionAddress, String serverAddress) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      HoldStats stats = host.release(sessionAddress, serverAddress);
      return Map.of(
          "heldUs", stats.heldUs(),
          "heldPackets", stats.packets(),
          "heldBytes", stats.bytes(),
          "droppedPackets", stats.dropped());
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }

  @Override
  public void forget(String sessionAddress) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      host.forget(sessionAddress);
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }
}
