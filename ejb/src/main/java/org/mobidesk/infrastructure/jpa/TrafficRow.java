package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;
import org.mobidesk.domain.model.network.Traffic;

/** What a session has sent and received by one proxy, and what that proxy's counter showed last. */
@Entity
@Table(
    name = "md_traffic",
    indexes = @Index(name = "md_traffic_session", columnList = "session_id"))
class TrafficRow {

  @Id private String id;

  @Column(name = "session_id", nullable = false)
  private String session;

  private long packetsOut;
  private long bytesOut;
  private long packetsIn;
  private long bytesIn;
  private long seenPacketsOut;
  private long seenBytesOut;
  private long seenPacketsIn;
  private long seenBytesIn;

  protected TrafficRow() {}

  TrafficRow(String session, String proxy) {
    id = key(session, proxy);
    this.session = session;
  }

  static String key(String session, String proxy) {
    return session + "@" + proxy;
  }

  void note(Traffic counter) {
    Traffic before = new Traffic(seenPacketsOut, seenBytesOut, seenPacketsIn, seenBytesIn);
    Traffic now = total().plus(counter.since(before));
    packetsOut = now.packetsOut();
    bytesOut = now.bytesOut();
    packetsIn = now.packetsIn();
    bytesIn = now.bytesIn();
    seenPacketsOut = counter.packetsOut();
    seenBytesOut = counter.bytesOut();
    seenPacketsIn = counter.packetsIn();
    seenBytesIn = counter.bytesIn();
  }

  Traffic total() {
    return new Traffic(packetsOut, bytesOut, packetsIn, bytesIn);
  }
}
