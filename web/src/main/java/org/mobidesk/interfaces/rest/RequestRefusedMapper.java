package org.mobidesk.interfaces.rest;

import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import org.mobidesk.application.RequestRefused;

/** Refusals as statuses, with their code and message. */
@Provider
public class RequestRefusedMapper implements ExceptionMapper<RequestRefused> {

  @Override
  public Response toResponse(RequestRefused refusal) {
    return Errors.response(Errors.status(refusal.reason()), refusal.code(), refusal.getMessage());
  }
}
