package org.mobidesk.interfaces.rest;

import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.mobidesk.application.RequestRefused;

/**
 * Everything that was not foreseen: the caller gets a number by which an administrator finds the
 * cause in the log.
 */
@Provider
public class FailureMapper implements ExceptionMapper<Throwable> {

  private static final Logger LOG = Logger.getLogger(FailureMapper.class);

  @Override
  public Response toResponse(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof RequestRefused refusal) {
        return new RequestRefusedMapper().toResponse(refusal);
      }
    }
    if (failure instanceof WebApplicationException e && e.getResponse().getStatus() < 500) {
      Response.StatusType status = e.getResponse().getStatusInfo();
      return Errors.response(
          status.getStatusCode(),
          status.getReasonPhrase().toLowerCase(java.util.Locale.ROOT).replace(' ', '-'),
          String.valueOf(e.getMessage()));
    }
    String id = UUID.randomUUID().toString();
    LOG.errorf(failure, "request failed, incident %s", id);
    return Errors.response(
        500, "internal", "the proxy failed; its log has the cause as incident " + id);
  }
}
