package org.mobidesk.application.port;

import java.util.Map;
import org.mobidesk.application.StepFailed;

/** The proxy's network gateway: where packets for sessions go. */
public interface Gateway {

  void route(String sessionAddress, String serverAddress) throws StepFailed;

  void hold(String sessionAddress) throws StepFailed;

  /** Routes and replays; returns what was held. */
  Map<String, Long> release(String sessionAddress, String serverAddress) throws StepFailed;

  void forget(String sessionAddress) throws StepFailed;
}
