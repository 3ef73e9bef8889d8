package org.mobidesk.application.port;

import java.util.List;
import java.util.Map;
import org.mobidesk.application.StepFailed;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;

/** The proxy's network gateway: where packets for sessions go, and which of them may. */
public interface Gateway {

  void route(String sessionAddress, String serverAddress) throws StepFailed;

  void hold(String sessionAddress) throws StepFailed;

  /** Routes and replays; returns what was held. */
  Map<String, Long> release(String sessionAddress, String serverAddress) throws StepFailed;

  void forget(String sessionAddress) throws StepFailed;

  /**
   * Replaces the session's policy, at once.
   *
   * @param peerAddresses the session addresses of the policy's peers
   */
  void policy(String sessionAddress, SessionPolicy policy, List<String> peerAddresses)
      throws StepFailed;

  /** What the session has sent and received since it was last routed anew. */
  Traffic traffic(String sessionAddress) throws StepFailed;
}
