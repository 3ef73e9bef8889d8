package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.mobidesk.application.Audit;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.domain.model.server.Server;

/** Servers, for administrators. */
@Path("servers")
@AdministratorOnly
@Produces(MediaType.APPLICATION_JSON)
public class ServerResource {

  @Inject private ServerDirectory servers;
  @Inject private Audit audit;
  @Inject private Caller caller;

  @GET
  public JsonArray list() {
    Instant now = Instant.now();
    List<Server> sorted =
        servers.all().stream().sorted(Comparator.comparing(Server::name)).toList();
    return Representations.array(sorted, s -> Representations.of(s, now));
  }

  @GET
  @Path("{name}")
  public JsonObject show(@PathParam("name") String name) {
    return Representations.of(find(name), Instant.now());
  }

  @PUT
  @Path("{name}/maintenance")
  @Consumes(MediaType.APPLICATION_JSON)
  public JsonObject maintenance(@PathParam("name") String name, String text) {
    boolean on = Body.parse(text, "maintenance").optionalFlag("maintenance");
    find(name);
    audit.record(
        caller.name(), caller.origin(), "server-maintenance", null, name + (on ? " on" : " off"));
    servers.setMaintenance(name, on);
    return show(name);
  }

  private Server find(String name) {
    return servers
        .find(name)
        .orElseThrow(
            () ->
                new RequestRefused(
                    RequestRefused.Reason.NOT_FOUND,
                    "server-unknown",
                    "there is no server " + name));
  }
}
