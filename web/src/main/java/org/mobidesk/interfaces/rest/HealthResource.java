package org.mobidesk.interfaces.rest;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** Tells that the deployment serves. */
@Path("health")
@Produces(MediaType.APPLICATION_JSON)
public class HealthResource {

  @GET
  public JsonObject health() {
    return Json.createObjectBuilder().add("status", "up").build();
  }
}
