package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.function.Supplier;
import org.mobidesk.application.Audit;
import org.mobidesk.application.NetworkAdministration;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.SessionPolicy;

/** The network of a session, for administrators. Changes are audited, and hold at once. */
@Path("sessions/{id}/network")
@AdministratorOnly
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public class SessionNetworkResource {

  @Inject private NetworkAdministration network;
  @Inject private Audit audit;
  @Inject private Caller caller;

  @GET
  @Path("policy")
  public JsonObject policy(@PathParam("id") String id) {
    return Representations.of(network.policy(id));
  }

  /** Replaces all but what is published; members that are absent have their defaults. */
  @PUT
  @Path("policy")
  public JsonObject regulate(@PathParam("id") String id, String text) {
    Body body = Body.parse(text, "restricted", "allow", "peers", "outRate", "inRate");
    SessionPolicy rules =
        valid(
            () ->
                new SessionPolicy(
                    body.optionalFlag("restricted"),
                    body.optionalTexts("allow"),
                    body.optionalTexts("peers"),
                    body.number("outRate").orElse(0),
                    body.number("inRate").orElse(0),
                    List.of()));
    return changed(id, network.regulate(id, rules), "session-policy", text);
  }

  @PUT
  @Path("published/{protocol}/{outsidePort}")
  public JsonObject publish(
      @PathParam("id") String id,
      @PathParam("protocol") String protocol,
      @PathParam("outsidePort") int outsidePort,
      String text) {
    int port = Body.parse(text, "port").optionalInt("port");
    Publication publication =
        valid(() -> new Publication(Publication.Protocol.of(protocol), outsidePort, port));
    return changed(
        id,
        network.publish(id, publication),
        "session-publish",
        publication.outside() + " to port " + port);
  }

  @DELETE
  @Path("published/{protocol}/{outsidePort}")
  @Consumes(MediaType.WILDCARD)
  public JsonObject withdraw(
      @PathParam("id") String id,
      @PathParam("protocol") String protocol,
      @PathParam("outsidePort") int outsidePort) {
    String outside = protocol + "/" + outsidePort;
    return changed(id, network.withdraw(id, outside), "session-withdraw", outside);
  }

  @GET
  @Path("traffic")
  public JsonObject traffic(@PathParam("id") String id) {
    return Representations.of(network.traffic(id));
  }

  private static <T> T valid(Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw Body.refused(e.getMessage());
    }
  }

  private JsonObject changed(String id, SessionPolicy policy, String action, String detail) {
    audit.record(caller.name(), caller.origin(), action, id, detail);
    return Representations.of(policy);
  }
}
