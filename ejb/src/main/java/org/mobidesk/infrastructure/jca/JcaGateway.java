package org.mobidesk.infrastructure.jca;

import jakarta.annotation.Resource;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.util.List;
import java.util.Map;
import org.mobidesk.application.StepFailed;
import org.mobidesk.application.port.Gateway;
import org.mobidesk.connector.HoldStats;
import org.mobidesk.connector.HostConnection;
import org.mobidesk.connector.HostConnectionFactory;
import org.mobidesk.connector.HostException;
import org.mobidesk.connector.SessionTraffic;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;

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

  @Override
  public void policy(String sessionAddress, SessionPolicy policy, List<String> peerAddresses)
      throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      host.policy(sessionAddress, encode(policy, peerAddresses));
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }

  /** As docs/network.md has it. */
  private static String encode(SessionPolicy policy, List<String> peerAddresses) {
    JsonArrayBuilder published = Json.createArrayBuilder();
    for (Publication p : policy.published()) {
      published.add(
          Json.createObjectBuilder()
              .add("protocol", p.protocol().wire())
              .add("outsidePort", p.outsidePort())
              .add("port", p.port()));
    }
    return Json.createObjectBuilder()
        .add("restricted", policy.restricted())
        .add("allow", Json.createArrayBuilder(policy.allow()))
        .add("peers", Json.createArrayBuilder(peerAddresses))
        .add("outRate", policy.outRate())
        .add("inRate", policy.inRate())
        .add("published", published)
        .build()
        .toString();
  }

  @Override
  public Traffic traffic(String sessionAddress) throws StepFailed {
    try (HostConnection host = factory.getConnection()) {
      SessionTraffic t = host.traffic(sessionAddress);
      return new Traffic(t.packetsOut(), t.bytesOut(), t.packetsIn(), t.bytesIn());
    } catch (HostException e) {
      throw HostFailures.failed(e);
    }
  }
}
