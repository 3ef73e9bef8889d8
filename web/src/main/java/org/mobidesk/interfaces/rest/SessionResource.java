package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import org.mobidesk.application.Audit;
import org.mobidesk.application.ExecRequest;
import org.mobidesk.application.ExecResult;
import org.mobidesk.application.RecoveryPolicy;
import org.mobidesk.application.SecondLogins;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.application.SessionAdministration;
import org.mobidesk.domain.model.session.ScreenSize;
import org.mobidesk.domain.model.session.SecondLogin;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.workflow.Workflow;

/** Sessions, for administrators. What changes one is audited and answered by its workflow. */
@Path("sessions")
@AdministratorOnly
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public class SessionResource {

  /** A command with all its arguments, in characters. */
  private static final int MOST_ARGV_CHARACTERS = 1 << 16;

  @Inject private SessionAdministration sessions;
  @Inject private ServerDirectory servers;
  @Inject private RecoveryPolicy recovery;
  @Inject private SecondLogins secondLogins;
  @Inject private Audit audit;
  @Inject private Caller caller;

  @GET
  public JsonArray list() {
    return Representations.array(sessions.list(), this::represent);
  }

  @GET
  @Path("{id}")
  public JsonObject show(@PathParam("id") String id) {
    return represent(sessions.find(id));
  }

  @GET
  @Path("{id}/workflows")
  public JsonArray workflows(@PathParam("id") String id) {
    Instant now = Instant.now();
    return Representations.array(sessions.workflowsOf(id), w -> Representations.of(w, now));
  }

  @POST
  public Response create(String text) {
    Body body = Body.parse(text, "user", "template", "server", "locale", "timezone", "diskBytes");
    String user = body.text("user");
    Workflow workflow =
        sessions.create(
            user,
            body.optionalText("template"),
            body.optionalText("server"),
            settings(body, ScreenSize.DEFAULT));
    return accepted(workflow, "session-create", "for " + user);
  }

  static SessionSettings settings(Body body, ScreenSize size) {
    try {
      return new SessionSettings(
          size,
          body.optionalText("locale"),
          body.optionalText("timezone"),
          body.number("diskBytes").orElse(0));
    } catch (IllegalArgumentException e) {
      throw Body.refused(e.getMessage());
    }
  }

  @POST
  @Path("{id}/migrate")
  public Response migrate(@PathParam("id") String id, String text) {
    Workflow workflow = sessions.migrate(id, Body.parse(text, "server").optionalText("server"));
    return accepted(workflow, "session-migrate", "to " + workflow.target());
  }

  @POST
  @Path("{id}/hibernate")
  public Response hibernate(@PathParam("id") String id, String text) {
    Body.parse(text);
    return accepted(sessions.hibernate(id), "session-hibernate", null);
  }

  @POST
  @Path("{id}/checkpoint")
  public Response checkpoint(@PathParam("id") String id, String text) {
    Body.parse(text);
    return accepted(sessions.checkpoint(id), "session-checkpoint", null);
  }

  @POST
  @Path("{id}/restore")
  public Response restore(@PathParam("id") String id, String text) {
    Workflow workflow = sessions.restore(id, Body.parse(text, "server").optionalText("server"));
    return accepted(workflow, "session-restore", "at " + workflow.target());
  }

  @POST
  @Path("{id}/copy")
  public Response copy(@PathParam("id") String id, String text) {
    Body.parse(text);
    return accepted(sessions.copy(id), "session-copy", null);
  }

  @POST
  @Path("{id}/recover")
  public Response recover(@PathParam("id") String id, String text) {
    Workflow workflow = sessions.recover(id, Body.parse(text, "server").optionalText("server"));
    return accepted(workflow, "session-recover", "at " + workflow.target());
  }

  /** Members that are absent stay as they are; 0 is the server's default. */
  @POST
  @Path("{id}/limits")
  public Response limit(@PathParam("id") String id, String text) {
    Body body = Body.parse(text, "memoryBytes", "cpuShares", "cpuMillis", "pids", "diskRate");
    OptionalLong memory = body.number("memoryBytes");
    OptionalLong shares = body.number("cpuShares");
    OptionalLong millis = body.number("cpuMillis");
    OptionalLong pids = body.number("pids");
    OptionalLong disk = body.number("diskRate");
    Workflow workflow = sessions.limit(id, old -> old.with(memory, shares, millis, pids, disk));
    return accepted(workflow, "session-limit", text);
  }

  @PUT
  @Path("{id}/disk")
  public Response grow(@PathParam("id") String id, String text) {
    long bytes = settings(Body.parse(text, "diskBytes"), ScreenSize.DEFAULT).diskBytes();
    return accepted(sessions.grow(id, bytes), "session-grow", "to " + bytes + " bytes");
  }

  /** Without a member, what the installation says holds again. */
  @PUT
  @Path("{id}/second-login")
  public JsonObject setSecondLogin(@PathParam("id") String id, String text) {
    String word = Body.parse(text, "policy").optionalText("policy");
    SecondLogin policy;
    try {
      policy = word == null ? null : SecondLogin.of(word);
    } catch (IllegalArgumentException e) {
      throw Body.refused(e.getMessage());
    }
    Session session = secondLogins.change(id, policy);
    audit.record(
        caller.name(),
        caller.origin(),
        "session-second-login",
        id,
        word == null ? "default" : word);
    return represent(session);
  }

  @DELETE
  @Path("{id}")
  @Consumes(MediaType.WILDCARD)
  public Response destroy(@PathParam("id") String id) {
    return accepted(sessions.destroy(id), "session-destroy", null);
  }

  @POST
  @Path("{id}/exec")
  public JsonObject exec(@PathParam("id") String id, String text) {
    Body body = Body.parse(text, "argv", "root", "stdin");
    List<String> argv = body.texts("argv");
    if (argv.isEmpty() || argv.stream().mapToInt(String::length).sum() > MOST_ARGV_CHARACTERS) {
      throw Body.refused(
          "member \"argv\" must have a command, and at most "
              + MOST_ARGV_CHARACTERS
              + " characters");
    }
    boolean root = body.optionalFlag("root");
    byte[] stdin = base64(body.optionalText("stdin"));
    audit.record(
        caller.name(),
        caller.origin(),
        root ? "session-exec-root" : "session-exec",
        id,
        String.join(" ", argv));
    return represent(sessions.exec(new ExecRequest(id, argv, root, stdin)));
  }

  private static byte[] base64(String text) {
    byte[] bytes;
    try {
      bytes = text == null ? new byte[0] : Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw Body.refused("member \"stdin\" is not base64: " + e.getMessage());
    }
    if (bytes.length > ExecRequest.MAX_STREAM_BYTES) {
      throw Body.refused(
          "member \"stdin\" is longer than " + ExecRequest.MAX_STREAM_BYTES + " bytes");
    }
    return bytes;
  }

  private static JsonObject represent(ExecResult result) {
    Base64.Encoder base64 = Base64.getEncoder();
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("exit", result.exit())
            .add("stdout", base64.encodeToString(result.stdout()))
            .add("stderr", base64.encodeToString(result.stderr()));
    if (result.message() != null) {
      json.add("message", result.message());
    }
    return json.build();
  }

  private JsonObject represent(Session session) {
    return Representations.of(
        session,
        servers.sighting(session.location().server(), session.id()),
        recovery.outlook(session),
        secondLogins.policyOf(session));
  }

  private Response accepted(Workflow workflow, String action, String detail) {
    audit.record(caller.name(), caller.origin(), action, workflow.session(), detail);
    return Response.accepted(Representations.of(workflow, Instant.now())).build();
  }
}
