package org.mobidesk.viewer.connection;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;
import org.mobidesk.viewer.trust.UntrustedServerException;

/** Says in words why a server could not be talked to, and what to do. */
public final class Failures {
  private Failures() {}

  /** One or two sentences for the user. */
  public static String inWords(Throwable failure, ServerAddress server) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String words = ofOne(cause, server);
      if (words != null) {
        return words;
      }
    }
    return "The connection to %s failed: %s.".formatted(server, reasonOf(failure));
  }

  /** What this exception alone says, or null when only its cause can tell. */
  private static String ofOne(Throwable failure, ServerAddress server) {
    return switch (failure) {
      case RefusedException e -> e.getMessage();
      case UntrustedServerException e -> e.getMessage();
      case UnknownHostException _ -> unknown(server);
      case UnresolvedAddressException _ -> unknown(server);
      case NoRouteToHostException _ ->
          "There is no way to %s from here. Check the network connection.".formatted(server);
      case HttpTimeoutException _ -> silent(server);
      case SocketTimeoutException _ -> silent(server);
      case ConnectException e when e.getMessage() != null && e.getMessage().contains("refused") ->
          "Nothing answers at %s, port %d: is the MobiDesk proxy running there?"
              .formatted(server.host(), server.port());
      case ConnectException e when e.getMessage() != null && e.getMessage().contains("timed out") ->
          silent(server);
      case SocketException e
          when e.getMessage() != null && e.getMessage().contains("unreachable") ->
          "The network of %s cannot be reached from here. Check the network connection."
              .formatted(server);
      case ConnectException _ -> null;
      case SSLException e when e.getCause() == null ->
          "%s does not speak TLS 1.3 as a MobiDesk proxy does: %s.".formatted(server, reasonOf(e));
      case EOFException _ -> "The server closed the connection.";
      case SocketException _ -> "The connection to %s broke.".formatted(server);
      case IOException e when e.getCause() == null ->
          "The connection to %s failed: %s.".formatted(server, reasonOf(e));
      default -> null;
    };
  }

  private static String unknown(ServerAddress server) {
    return "There is no server called “%s”. Check the address.".formatted(server.host());
  }

  private static String silent(ServerAddress server) {
    return "%s does not answer. Check the address and the network connection.".formatted(server);
  }

  private static String reasonOf(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank()
        ? failure.getClass().getSimpleName()
        : message.strip().replaceAll("\\.$", "");
  }
}
