package org.mobidesk.interfaces.rest;

import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.mobidesk.application.Authentication;
import org.mobidesk.application.Login;
import org.mobidesk.application.SecondLogins;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.domain.model.session.ScreenSize;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.user.Role;
import org.mobidesk.domain.model.user.User;
import org.mobidesk.interfaces.BearerTokens;

/** Users and administrators come in. */
@Path("")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public class LoginResource {

  @Inject private Login login;
  @Inject private SecondLogins secondLogins;
  @Inject private Authentication authentication;
  @Inject private ServerDirectory servers;
  @Context private HttpServletRequest request;

  @POST
  @Path("login")
  public JsonObject login(String text) {
    Body body =
        Body.parse(text, "user", "password", "template", "width", "height", "locale", "timezone");
    ScreenSize size;
    try {
      size = new ScreenSize(body.optionalInt("width"), body.optionalInt("height"));
    } catch (IllegalArgumentException e) {
      throw Body.refused(e.getMessage());
    }
    Login.Welcome welcome =
        login.login(
            body.text("user"),
            body.text("password"),
            body.optionalText("template"),
            SessionResource.settings(body, size),
            request.getRemoteAddr());
    Session session = welcome.session();
    return Json.createObjectBuilder()
        .add("cookie", welcome.cookie())
        .add(
            "session",
            Representations.of(
                session,
                servers.sighting(session.location().server(), session.id()),
                Optional.empty(),
                secondLogins.policyOf(session)))
        .build();
  }

  @POST
  @Path("logout")
  @Consumes(MediaType.WILDCARD)
  public void logout(@HeaderParam(HttpHeaders.AUTHORIZATION) String header) {
    login.logout(BearerTokens.from(header), request.getRemoteAddr());
  }

  @POST
  @Path("token")
  public JsonObject token(String text) {
    Body body = Body.parse(text, "user", "password");
    String origin = request.getRemoteAddr();
    User administrator =
        authentication.authenticate(
            body.text("user"), body.text("password"), Role.ADMINISTRATOR, origin);
    Authentication.Token token = authentication.issueToken(administrator, origin);
    return Json.createObjectBuilder()
        .add("token", token.value())
        .add("expires", token.expires().toString())
        .build();
  }
}
