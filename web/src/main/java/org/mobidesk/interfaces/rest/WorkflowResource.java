package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.JsonObject;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import org.mobidesk.application.WorkflowWaits;

/** Workflows, for administrators. */
@Path("workflows")
@AdministratorOnly
@Produces(MediaType.APPLICATION_JSON)
public class WorkflowResource {

  private static final int MOST_SECONDS = 60;

  @Inject private WorkflowWaits waits;

  @GET
  @Path("{id}")
  public JsonObject show(
      @PathParam("id") String id, @QueryParam("wait") @DefaultValue("0") String wait) {
    return Representations.of(waits.await(id, seconds(wait)), Instant.now());
  }

  private static Duration seconds(String wait) {
    try {
      int seconds = Integer.parseInt(wait);
      if (seconds >= 0 && seconds <= MOST_SECONDS) {
        return Duration.ofSeconds(seconds);
      }
    } catch (NumberFormatException e) {
      throw Body.refused("parameter wait is \"" + wait + "\"; it must be a number of seconds");
    }
    throw Body.refused("parameter wait must be from 0 to " + MOST_SECONDS + " seconds");
  }
}
