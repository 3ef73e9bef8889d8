package org.mobidesk.application;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.mobidesk.application.RequestRefused.Reason;
import org.mobidesk.application.port.CommandSender;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.server.Placement;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.ServerState;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.user.User;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;

/**
 * What can be done with sessions. Each change is a workflow, which is returned as it begins.
 * Refusals are {@link RequestRefused}.
 */
@ApplicationScoped
public class SessionAdministration {

  @Inject private SessionRepository sessions;
  @Inject private WorkflowRepository workflows;
  @Inject private WorkflowStarter starter;
  @Inject private ServerDirectory servers;
  @Inject private CommandSender commands;
  @Inject private Node node;

  public List<Session> list() {
    return sessions.list();
  }

  public Session find(String id) {
    return sessions
        .find(id)
        .orElseThrow(
            () ->
                new RequestRefused(
                    Reason.NOT_FOUND, "session-unknown", "there is no session " + id));
  }

  public List<Workflow> workflowsOf(String id) {
    find(id);
    return workflows.ofSession(id);
  }

  /**
   * Starts a session.
   *
   * @param template name, or null for the default
   * @param serverName or null for the least loaded
   */
  public Workflow create(
      String user, String template, String serverName, SessionSettings settings) {
    if (!User.isName(user)) {
      throw new RequestRefused(
          Reason.INVALID, "user-invalid", "\"" + user + "\" is not the name of a user");
    }
    String name = template == null ? node.defaultTemplate() : template;
    Placement.Place place =
        Placement.forNew(candidates(serverName), name, Instant.now())
            .orElseThrow(
                () ->
                    new RequestRefused(
                        Reason.UNAVAILABLE,
                        "no-server",
                        serverName == null
                            ? "no server that is up has a template named " + name
                            : "server " + serverName + " has no template named " + name));
    return starter.create(
        user, place, settings.orElse(node.defaultLocale(), node.defaultTimezone()));
  }

  /** Moves a running session; to the least loaded other server when none is named. */
  public Workflow migrate(String id, String serverName) {
    Session session = find(id);
    String source = session.location().server();
    if (source.equals(serverName)) {
      throw new RequestRefused(
          Reason.CONFLICT,
          "same-server",
          "session " + id + " is at server " + serverName + " already");
    }
    Server target = place(session, serverName, s -> !s.name().equals(source));
    return starter.begin(id, WorkflowKind.MIGRATE, target.name());
  }

  /** Sends a running session to the storage tier; it comes back when its user logs in. */
  public Workflow hibernate(String id) {
    return starter.begin(id, WorkflowKind.HIBERNATE, find(id).location().server());
  }

  /** Suspends a running session. */
  public Workflow checkpoint(String id) {
    return starter.begin(id, WorkflowKind.CHECKPOINT, find(id).location().server());
  }

  /** Brings back a suspended session; where it was, if that server is up and none is named. */
  public Workflow restore(String id, String serverName) {
    Session session = find(id);
    String home = session.location().server();
    boolean stay =
        serverName == null
            && servers.find(home).filter(s -> s.state(Instant.now()) == ServerState.UP).isPresent();
    Optional<Server> last = servers.find(home);
    Predicate<Server> hasImage =
        s -> last.isEmpty() || s.name().equals(home) || Placement.mayShareStorage(last.get(), s);
    if (serverName != null && !candidates(serverName).stream().allMatch(hasImage)) {
      throw new RequestRefused(
          Reason.CONFLICT,
          "other-storage",
          "session %s was suspended on the storage of server %s, which server %s does not have"
              .formatted(id, home, serverName));
    }
    Server target = place(session, stay ? home : serverName, hasImage);
    return starter.begin(id, WorkflowKind.RESTORE, target.name());
  }

  /** Stores a copy of a running session, which runs on. */
  public Workflow copy(String id) {
    return starter.begin(id, WorkflowKind.COPY, find(id).location().server());
  }

  /**
   * Lets a session whose server is down, or has lost it, go on from its last copy; at the least
   * loaded server that is up when none is named.
   */
  public Workflow recover(String id, String serverName) {
    Session session = find(id);
    String home = session.location().server();
    if (session.lastCopy().isEmpty()) {
      throw new RequestRefused(
          Reason.CONFLICT, "no-copy", "nothing is stored of session " + id + " to go on from");
    }
    if (session.state() == SessionState.RUNNING && isUp(home)) {
      throw new RequestRefused(
          Reason.CONFLICT,
          "server-up",
          "server "
              + home
              + " is up and has session "
              + id
              + ": it can be moved (migrate) without losing anything");
    }
    sessions
        .findAliveOf(session.user())
        .filter(other -> !other.id().equals(id))
        .ifPresent(
            other -> {
              throw new RequestRefused(
                  Reason.CONFLICT,
                  "session-exists",
                  "user "
                      + session.user()
                      + " has session "
                      + other.id()
                      + " now, and can have one only: destroy one of the two");
            });
    Server target =
        place(
            session,
            serverName,
            s -> session.state() == SessionState.LOST || !s.name().equals(home));
    return starter.begin(id, WorkflowKind.RECOVER, target.name());
  }

  private boolean isUp(String server) {
    return servers.find(server).filter(s -> s.state(Instant.now()) != ServerState.DOWN).isPresent();
  }

  /** Changes what a running session may use, from what it may use now. */
  public Workflow limit(String id, UnaryOperator<SessionLimits> change) {
    try {
      return starter.limit(id, change);
    } catch (IllegalArgumentException e) {
      throw new RequestRefused(Reason.INVALID, "limits-invalid", e.getMessage());
    }
  }

  /** Makes the disk of a running session larger. */
  public Workflow grow(String id, long bytes) {
    long now = find(id).settings().diskBytes();
    if (bytes < Math.max(now, SessionSettings.SMALLEST_DISK)) {
      throw new RequestRefused(
          Reason.INVALID,
          "disk-smaller",
          "a session disk can only become larger: session " + id + " was given " + now + " bytes");
    }
    return starter.grow(id, bytes);
  }

  /** Ends a session. */
  public Workflow destroy(String id) {
    return starter.begin(id, WorkflowKind.DESTROY, find(id).location().server());
  }

  /** Runs a command in a running session. */
  public ExecResult exec(ExecRequest request) {
    Session session = find(request.session());
    if (session.state() != SessionState.RUNNING) {
      throw new RequestRefused(
          Reason.CONFLICT,
          "session-not-running",
          "session " + session.id() + " is not running; a command can only run in one that is");
    }
    try {
      return commands.exec(session.location().server(), request);
    } catch (StepFailed e) {
      throw new RequestRefused(Reason.FAILED, e.code().wire(), e.getMessage());
    }
  }

  private Server place(Session session, String serverName, Predicate<Server> admissible) {
    return Placement.best(candidates(serverName), session.template(), Instant.now(), admissible)
        .orElseThrow(
            () ->
                new RequestRefused(
                    Reason.CONFLICT,
                    "no-server",
                    serverName == null
                        ? "no other server that is up has template " + session.template()
                        : "server "
                            + serverName
                            + " does not have template "
                            + session.template()));
  }

  /** The named server, which must be up, or all. */
  private List<Server> candidates(String serverName) {
    if (serverName == null) {
      return List.copyOf(servers.all());
    }
    Server server =
        servers
            .find(serverName)
            .orElseThrow(
                () ->
                    new RequestRefused(
                        Reason.NOT_FOUND,
                        "server-unknown",
                        "there is no server "
                            + serverName
                            + "; GET /servers lists those that are"));
    ServerState state = server.state(Instant.now());
    if (state != ServerState.UP) {
      String why =
          state == ServerState.MAINTENANCE
              ? "is in maintenance"
              : server.report().hostAnswers()
                  ? "is down: it does not report"
                  : "is down: " + server.report().hostFailure();
      throw new RequestRefused(
          Reason.CONFLICT,
          "server-" + (state == ServerState.DOWN ? "down" : "maintenance"),
          "server " + serverName + " " + why);
    }
    return List.of(server);
  }
}
