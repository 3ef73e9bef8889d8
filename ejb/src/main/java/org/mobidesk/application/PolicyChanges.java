package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import java.util.function.UnaryOperator;
import org.mobidesk.application.port.PolicyRepository;
import org.mobidesk.domain.model.network.SessionPolicy;

/** Changes what is stored of a policy, each in a transaction of its own. */
@ApplicationScoped
public class PolicyChanges {

  @Inject private PolicyRepository policies;

  public SessionPolicy policyOf(String session) {
    return policies.of(session);
  }

  /**
   * Stores what {@code change} makes of the policy, and returns it.
   *
   * @throws IllegalArgumentException what it makes is none, in words for people
   */
  @Transactional(Transactional.TxType.REQUIRES_NEW)
  public SessionPolicy change(String session, UnaryOperator<SessionPolicy> change) {
    SessionPolicy policy = change.apply(policies.of(session));
    policies.save(session, policy);
    return policy;
  }
}
