package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;
import org.mobidesk.domain.model.network.Publication;

/** A published port: the primary key lets one session have each outside port. */
@Entity
@Table(
    name = "md_publication",
    indexes = @Index(name = "md_publication_session", columnList = "session_id"))
class PublicationRow {

  /** {@link Publication#outside()}. */
  @Id private String outside;

  @Column(name = "session_id", nullable = false)
  private String session;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private Publication.Protocol protocol;

  private int outsidePort;

  @Column(name = "session_port")
  private int port;

  protected PublicationRow() {}

  PublicationRow(String session, Publication publication) {
    this.session = session;
    outside = publication.outside();
    protocol = publication.protocol();
    outsidePort = publication.outsidePort();
    port = publication.port();
  }

  String session() {
    return session;
  }

  Publication toDomain() {
    return new Publication(protocol, outsidePort, port);
  }
}
