package org.mobidesk.infrastructure.jpa;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Index;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.mobidesk.domain.model.session.ScreenSize;
import org.mobidesk.domain.model.session.SecondLogin;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.session.SessionState;

/** A row of the sessions. */
@Entity
@Table(name = "md_session", indexes = @Index(name = "md_session_state", columnList = "state"))
class SessionRow {

  @Id private String id;

  @Column(name = "user_name", nullable = false)
  private String user;

  /** The user while the session is alive, else null: no user has two that are alive. */
  @Column(name = "alive_of", unique = true)
  private String aliveOf;

  @Column(nullable = false)
  private String template;

  @Column(nullable = false)
  private String address;

  @Enumerated(EnumType.STRING)
  @Column(nullable = false)
  private SessionState state;

  @Column(nullable = false)
  private String server;

  private long epoch;
  private long createdMs;
  private int width;
  private int height;
  private String locale;
  private String timezone;
  private long diskBytes;
  private int workflows;
  private String activeWorkflow;

  @Column(length = 4000)
  private String lastFailure;

  /** {@link SessionLimits#wire()}; null in rows of older versions: the defaults. */
  private String limits;

  private String wantedLimits;

  /** Of what was last stored; null in rows of older versions, as in those without. */
  private Long copyEpoch;

  private Long copyTakenMs;
  private Long copyStoppedMs;

  /** {@link SecondLogin#word()}; null, also in rows of older versions: as the installation says. */
  private String secondLogin;

  @Version private long version;

  protected SessionRow() {}

  SessionRow(Session session) {
    id = session.id();
    createdMs = session.created().toEpochMilli();
    set(session);
  }

  final void set(Session session) {
    user = session.user();
    aliveOf = session.state().alive() ? session.user() : null;
    template = session.template();
    address = session.address();
    state = session.state();
    server = session.location().server();
    epoch = session.location().epoch();
    width = session.settings().size().width();
    height = session.settings().size().height();
    locale = session.settings().locale();
    timezone = session.settings().timezone();
    diskBytes = session.settings().diskBytes();
    secondLogin =
        Optional.ofNullable(session.settings().secondLogin()).map(SecondLogin::word).orElse(null);
    workflows = session.workflows();
    activeWorkflow = session.activeWorkflow();
    lastFailure = Texts.cut(session.lastFailure());
    limits = session.limits().wire();
    wantedLimits = session.wantedLimits() == null ? null : session.wantedLimits().wire();
    copyEpoch = session.lastCopy().map(SessionCopy::epoch).orElse(null);
    copyTakenMs = session.lastCopy().map(c -> c.taken().toEpochMilli()).orElse(null);
    copyStoppedMs = session.lastCopy().map(c -> c.stopped().toMillis()).orElse(null);
  }

  Session toDomain() {
    return new Session(
        id,
        user,
        template,
        address,
        state,
        new SessionLocation(server, epoch),
        Instant.ofEpochMilli(createdMs),
        new SessionSettings(
            new ScreenSize(width, height),
            locale,
            timezone,
            diskBytes,
            secondLogin == null ? null : SecondLogin.of(secondLogin)),
        workflows,
        activeWorkflow,
        lastFailure,
        SessionLimits.of(limits),
        wantedLimits == null ? null : SessionLimits.of(wantedLimits),
        copyEpoch == null
            ? null
            : new SessionCopy(
                copyEpoch, Instant.ofEpochMilli(copyTakenMs), Duration.ofMillis(copyStoppedMs)));
  }
}
