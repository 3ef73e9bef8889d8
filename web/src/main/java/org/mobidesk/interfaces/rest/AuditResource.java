package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.JsonArray;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.mobidesk.application.Audit;

/** The audit trail, for administrators; newest first. */
@Path("audit")
@AdministratorOnly
@Produces(MediaType.APPLICATION_JSON)
public class AuditResource {

  @Inject private Audit audit;

  @GET
  public JsonArray latest(@QueryParam("session") String session) {
    return Representations.array(audit.latest(session), Representations::of);
  }
}
