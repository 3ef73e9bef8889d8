package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;
import org.mobidesk.application.Node;

/** The interface is the proxies': a session server has none of what it needs. */
@Provider
@PreMatching
public class RoleFilter implements ContainerRequestFilter {

  @Inject private Node node;

  @Override
  public void filter(ContainerRequestContext context) {
    if (!node.isProxy() && !context.getUriInfo().getPath().endsWith("health")) {
      context.abortWith(
          Errors.response(404, "not-a-proxy", "this node is a session server; ask a proxy"));
    }
  }
}
