package org.mobidesk.interfaces;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.mobidesk.application.RequestRefused;

/** HTTP's Upgrade to raw bytes: what display and images go over. */
public final class Upgrades {

  /** Says why, to the other nodes, whose clients read no bodies. */
  private static final String ERROR_HEADER = "X-MobiDesk-Error";

  private Upgrades() {}

  /** Whether the request asks for this protocol. */
  public static boolean isFor(String token, HttpServletRequest request) {
    return token.equalsIgnoreCase(request.getHeader("Upgrade"));
  }

  /** Answers 101; the handler gets the connection when the answer has been sent. */
  public static void accept(
      HttpServletRequest request,
      HttpServletResponse response,
      String token,
      StreamHandler.Stream stream)
      throws IOException, ServletException {
    response.setStatus(HttpServletResponse.SC_SWITCHING_PROTOCOLS);
    response.setHeader("Upgrade", token);
    response.setHeader("Connection", "Upgrade");
    request.upgrade(StreamHandler.class).stream(stream);
  }

  /** Answers an error, in the one form of errors. */
  public static void refuse(HttpServletResponse response, int status, String code, String message)
      throws IOException {
    response.setStatus(status);
    response.setHeader(ERROR_HEADER, message.replaceAll("[^\\x20-\\x7e]", " "));
    response.setContentType("application/json");
    response
        .getWriter()
        .write(
            jakarta.json.Json.createObjectBuilder()
                .add(
                    "error",
                    jakarta.json.Json.createObjectBuilder()
                        .add("code", code)
                        .add("message", message))
                .build()
                .toString());
  }

  /** Answers a refusal. */
  public static void refuse(HttpServletResponse response, RequestRefused refusal)
      throws IOException {
    int status = refusal.reason() == RequestRefused.Reason.UNAUTHENTICATED ? 401 : 409;
    refuse(response, status, refusal.code(), refusal.getMessage());
  }
}
