package org.mobidesk.application.port;

import java.time.Instant;
import java.util.Optional;

/** Administrators' tokens, by hash. */
public interface AdminTokens {

  void add(String hash, String user, Instant expires);

  /** Whose token this is; empty when there is none or it has expired. */
  Optional<String> userOf(String hash, Instant now);
}
