package org.mobidesk.wildfly.probe;

import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which server reported a command. */
@Singleton
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
public class Reports {

  private final Map<String, String> servers = new ConcurrentHashMap<>();

  public void add(String command, String server) {
    servers.merge(command, server, (one, another) -> one + " " + another);
  }

  /** The server, more when more reported it, none: an empty string. */
  public String of(String command) {
    return servers.getOrDefault(command, "");
  }
}
