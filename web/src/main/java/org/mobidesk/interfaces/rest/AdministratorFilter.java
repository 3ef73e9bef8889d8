package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.ext.Provider;
import org.mobidesk.application.Authentication;
import org.mobidesk.interfaces.BearerTokens;

/** Lets through who has an administrator's token. */
@Provider
@AdministratorOnly
public class AdministratorFilter implements ContainerRequestFilter {

  @Inject private Authentication authentication;
  @Inject private Caller caller;
  @Context private HttpServletRequest request;

  @Override
  public void filter(ContainerRequestContext context) {
    String token = BearerTokens.from(context.getHeaderString(HttpHeaders.AUTHORIZATION));
    caller.is(authentication.administrator(token), request.getRemoteAddr());
  }
}
