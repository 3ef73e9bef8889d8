package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.List;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;

/** A session's policy, but for what it publishes: {@link PublicationRow}. */
@Entity
@Table(name = "md_policy")
class PolicyRow {

  @Id
  @Column(name = "session_id")
  private String session;

  private boolean restricted;

  /** Separated by blanks. */
  @Column(length = 4000)
  private String allowed;

  /** Separated by blanks. */
  @Column(length = 6000)
  private String peers;

  private long outRate;
  private long inRate;

  @Version private long version;

  protected PolicyRow() {}

  PolicyRow(String session) {
    this.session = session;
  }

  void set(SessionPolicy policy) {
    restricted = policy.restricted();
    allowed = String.join(" ", policy.allow());
    peers = String.join(" ", policy.peers());
    outRate = policy.outRate();
    inRate = policy.inRate();
  }

  String session() {
    return session;
  }

  SessionPolicy toDomain(List<Publication> published) {
    return new SessionPolicy(
        restricted, words(allowed), words(peers), outRate, inRate, List.copyOf(published));
  }

  /** Some databases have no empty texts. */
  private static List<String> words(String text) {
    return text == null || text.isEmpty() ? List.of() : List.of(text.split(" "));
  }
}
