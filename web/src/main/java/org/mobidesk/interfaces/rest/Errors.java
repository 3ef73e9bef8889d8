package org.mobidesk.interfaces.rest;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.mobidesk.application.RequestRefused;

/** The one form of errors. */
final class Errors {

  private Errors() {}

  static Response response(int status, String code, String message) {
    JsonObject error =
        Json.createObjectBuilder()
            .add("error", Json.createObjectBuilder().add("code", code).add("message", message))
            .build();
    return Response.status(status).type(MediaType.APPLICATION_JSON).entity(error).build();
  }

  static int status(RequestRefused.Reason reason) {
    return switch (reason) {
      case INVALID -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case TOO_MANY -> 429;
      case FAILED -> 502;
      case UNAVAILABLE -> 503;
    };
  }
}
