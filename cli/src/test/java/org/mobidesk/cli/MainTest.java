package org.mobidesk.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command against a real HTTPS server that speaks docs/rest.md. */
class MainTest {
  private static final String SESSION =
      """
      {"id": "ada-1", "user": "ada", "template": "xfce-1a2b", "address": "10.74.0.2",
       "state": "running", "server": "server1", "epoch": 3, "viewers": 1, "processes": 24,
       "memoryBytes": 157286400}""";
  private static final String STEPS =
      """
      "steps": [{"name": "reserve", "server": "server2", "state": "done", "durationUs": 12000},
       {"name": "checkpoint", "server": "server1", "state": "done", "durationUs": 412000}]""";

  @TempDir private static Path keys;
  @TempDir private Path directory;
  private Proxy proxy;
  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void makeKeys() throws IOException, InterruptedException {
    Proxy.makeKeys(keys);
  }

  @BeforeEach
  void start() throws IOException, GeneralSecurityException {
    proxy = new Proxy(keys);
    Path password = Files.writeString(directory.resolve("password"), "secret of ada\n");
    Path context =
        Files.writeString(
            directory.resolve("context.json"),
            """
            {"url": "%s", "ca": "%s", "user": "admin", "passwordFile": "%s"}"""
                .formatted(proxy.uri(), proxy.certificate(), password));
    environment.put("MOBIDESK_CONTEXT", context.toString());
    environment.put("XDG_STATE_HOME", directory.resolve("state").toString());
    proxy.answer(
        "POST /api/v1/token", 200, "{\"token\": \"t-1\", \"expires\": \"2030-01-01T00:00:00Z\"}");
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private int run(String... arguments) {
    CommandLine line = Main.commandLine(environment);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }

  @Test
  void listsSessionsAsATable() {
    proxy.answer("GET /api/v1/sessions", 200, "[" + SESSION + "]");
    assertEquals(0, run("session", "list"), err::toString);
    assertEquals(
        """
        ID     USER  STATE    SERVER   ADDRESS    TEMPLATE   VIEWERS  PROCESSES  MEMORY   COPY
        ada-1  ada   running  server1  10.74.0.2  xfce-1a2b  1        24         150 MiB  -
        """,
        out.toString());
  }

  @Test
  void printsWhatTheServerSaidAsJson() {
    proxy.answer("GET /api/v1/sessions/ada-1", 200, SESSION);
    assertEquals(0, run("session", "show", "ada-1", "--json"), err::toString);
    assertTrue(out.toString().contains("\"epoch\": 3"), out.toString());
  }

  @Test
  void sendsOnlyTheLimitsThatAreGiven() {
    proxy.answer(
        "POST /api/v1/sessions/ada-1/limits",
        202,
        "{\"id\": \"w-1\", \"kind\": \"limit\", \"state\": \"running\", \"steps\": []}");
    assertEquals(
        0,
        run(
            "session",
            "limit",
            "ada-1",
            "--memory",
            "1.5G",
            "--cpu",
            "0.75",
            "--disk-rate",
            "20M",
            "--no-wait"),
        err::toString);
    assertTrue(
        proxy.requests.stream()
            .anyMatch(
                r ->
                    r.contains(
                        "{\"memoryBytes\":1610612736,\"cpuMillis\":750,\"diskRate\":20971520}")),
        proxy.requests::toString);
    assertEquals(2, run("session", "limit", "ada-1", "--memory", "much"));
    assertTrue(err.toString().contains("\"much\" is not a size"), err::toString);
  }

  @Test
  void changesOfAPolicyOnlyWhatIsGiven() {
    String path = " /api/v1/sessions/ada-1/network/policy";
    String policy =
        "{\"restricted\":%s,\"allow\":[\"203.0.113.0/24\"],\"peers\":[],\"outRate\":%d,"
            + "\"inRate\":0,\"published\":[{\"protocol\":\"tcp\",\"outsidePort\":20022,\"port\":22}]}";
    proxy.answer("GET" + path, 200, policy.formatted("false", 0));
    proxy.answer("PUT" + path, 200, policy.formatted("true", 2 << 20));
    assertEquals(
        0, run("session", "policy", "ada-1", "--restricted", "--out-rate", "2M"), err::toString);
    assertTrue(
        proxy.requests.contains(
            "PUT"
                + path
                + " {\"restricted\":true,\"allow\":[\"203.0.113.0/24\"],\"peers\":[],"
                + "\"outRate\":2097152,\"inRate\":0}"),
        proxy.requests::toString);
    assertTrue(out.toString().contains("tcp/20022 to port 22"), out::toString);
    assertTrue(out.toString().contains("2.0 MiB per second"), out::toString);
    long changes = proxy.requests.stream().filter(r -> r.startsWith("PUT")).count();
    assertEquals(0, run("session", "policy", "ada-1"), err::toString);
    assertEquals(changes, proxy.requests.stream().filter(r -> r.startsWith("PUT")).count());
  }

  @Test
  void publishesAPortAndRefusesWhatIsNone() {
    proxy.answer(
        "PUT /api/v1/sessions/ada-1/network/published/tcp/20022",
        200,
        "{\"restricted\":false,\"allow\":[],\"peers\":[],\"outRate\":0,\"inRate\":0,\"published\":[]}");
    assertEquals(0, run("session", "publish", "ada-1", "tcp/20022", "22"), err::toString);
    assertTrue(
        proxy.requests.stream().anyMatch(r -> r.endsWith("tcp/20022 {\"port\":22}")),
        proxy.requests::toString);
    assertEquals(2, run("session", "publish", "ada-1", "20022", "22"));
    assertTrue(err.toString().contains("not a port of the proxy"), err::toString);
  }

  @Test
  void logsInOnceAndKeepsTheTokenForItsOwnerOnly() throws IOException {
    proxy.answer("GET /api/v1/servers", 200, "[]");
    assertEquals(0, run("server", "list"), err::toString);
    assertEquals(0, run("server", "list"), err::toString);
    assertEquals(1, proxy.requests.stream().filter(request -> request.startsWith("POST")).count());
    try (var tokens = Files.list(directory.resolve("state/mobidesk/tokens"))) {
      Path token = tokens.findFirst().orElseThrow();
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(token)));
    }
    assertFalse(out.toString().contains("secret"));
  }

  @Test
  void usesTheTokenOfWhoLoggedIn() {
    environment.put("MOBIDESK_CONTEXT", directory.resolve("none.json").toString());
    environment.put("MOBIDESK_URL", proxy.uri().toString());
    environment.put("MOBIDESK_CA", proxy.certificate().toString());
    environment.put("MOBIDESK_PASSWORD_FILE", directory.resolve("password").toString());
    assertEquals(0, run("login", "grace"), err::toString);
    environment.remove("MOBIDESK_PASSWORD_FILE");
    proxy.answer("GET /api/v1/servers", 200, "[]");
    assertEquals(0, run("server", "list"), err::toString);
    environment.put("MOBIDESK_USER", "ada");
    assertEquals(4, run("server", "list"), "a token of grace is not for ada");
    environment.put("MOBIDESK_USER", "grace");
    assertEquals(0, run("logout"), err::toString);
    assertEquals(4, run("server", "list"), "the token is forgotten");
  }

  @Test
  void keepsSessionsAwayFromAServer() {
    proxy.answer(
        "PUT /api/v1/servers/server1/maintenance",
        200,
        """
        {"name": "server1", "state": "maintenance", "address": "10.73.0.11", "sessions": 2,
         "memoryAvailableBytes": 1073741824, "templates": ["xfce-1a2b", "minimal-3c4d"]}""");
    assertEquals(0, run("server", "maintenance", "server1", "on"), err::toString);
    assertTrue(
        proxy.requests.contains("PUT /api/v1/servers/server1/maintenance {\"maintenance\":true}"),
        () -> proxy.requests.toString());
    assertEquals(
        """
        NAME     STATE        ADDRESS     SESSIONS  MEMORY FREE  TEMPLATES
        server1  maintenance  10.73.0.11  2         1.0 GiB      xfce-1a2b minimal-3c4d
        """,
        out.toString());
    assertEquals(2, run("server", "maintenance", "server1", "perhaps"));
  }

  @Test
  void listsWhatWasDoneToASession() {
    proxy.answer(
        "GET /api/v1/sessions/ada-1/workflows",
        200,
        """
        [{"id": "w-2", "kind": "migrate", "state": "failed", "started": "2026-01-02T03:04:05Z",
          "failure": {"step": "reserve", "code": "no-space", "message": "server2 is full"}},
         {"id": "w-1", "kind": "create", "state": "done", "started": "2026-01-02T03:00:00Z"}]""");
    assertEquals(0, run("workflow", "list", "ada-1"), err::toString);
    assertEquals(
        """
        ID   KIND     STATE   STARTED               FAILURE
        w-2  migrate  failed  2026-01-02T03:04:05Z  server2 is full
        w-1  create   done    2026-01-02T03:00:00Z
        """,
        out.toString());
  }

  @Test
  void showsWhoDidWhat() {
    proxy.answer(
        "GET /api/v1/audit?session=ada-1",
        200,
        """
        [{"time": "2026-01-02T03:04:05Z", "actor": "admin", "action": "session-exec-root",
          "origin": "198.18.0.254", "session": "ada-1", "detail": "ps ax"},
         {"time": "2026-01-02T03:04:00Z", "actor": "ada", "action": "login"}]""");
    assertEquals(0, run("audit", "--session", "ada-1"), err::toString);
    assertEquals(
        """
        TIME                  ACTOR  FROM          ACTION             SESSION  DETAIL
        2026-01-02T03:04:05Z  admin  198.18.0.254  session-exec-root  ada-1    ps ax
        2026-01-02T03:04:00Z  ada    -             login              -
        """,
        out.toString());
  }

  @Test
  void followsAMigrationToItsEnd() {
    String head = "{\"id\": \"7\", \"kind\": \"migrate\", \"session\": \"ada-1\", ";
    proxy.answer(
        "POST /api/v1/sessions/ada-1/migrate",
        202,
        head + "\"state\": \"running\", \"steps\": []}");
    proxy.answer(
        "GET /api/v1/workflows/7?wait=2",
        200,
        head
            + "\"state\": \"done\", "
            + STEPS
            + ", \"timings\": {\"stoppedUs\": 734500, \"imageBytes\": 18874368}}");
    assertEquals(0, run("session", "migrate", "ada-1", "server2"), err::toString);
    assertTrue(
        proxy.requests.contains("POST /api/v1/sessions/ada-1/migrate {\"server\":\"server2\"}"),
        () -> proxy.requests.toString());
    assertEquals(
        """
          reserve      server2    done         12.0 ms
          checkpoint   server1    done         412.0 ms
        migrate of ada-1: done
          stopped          734.5 ms
          image size       18.0 MiB
        """,
        out.toString());
  }

  @Test
  void saysAtWhichStepAMigrationFailed() {
    proxy.answer(
        "POST /api/v1/sessions/ada-1/migrate",
        202,
        """
        {"id": "8", "kind": "migrate", "session": "ada-1", "state": "failed", "steps": [
          {"name": "reserve", "server": "server2", "state": "failed", "undo": false, "durationUs": 900},
          {"name": "abort", "server": "server2", "state": "done", "undo": true, "durationUs": 700}],
         "failure": {"step": "reserve", "server": "server2", "code": "no-space", "message": "no room for the image"}}""");
    assertEquals(1, run("session", "migrate", "ada-1", "server2"));
    assertEquals(
        """
          reserve      server2    failed       0.9 ms
          abort        server2    undo done    0.7 ms
        migrate of ada-1: failed
        """,
        out.toString());
    assertEquals(
        "mobidesk: migrate of ada-1 failed at step reserve on server2: no room for the image\n",
        err.toString());
  }

  @Test
  void passesTheExitStatusOfACommandInTheSession() {
    proxy.answer(
        "POST /api/v1/sessions/ada-1/exec",
        200,
        "{\"exit\": 42, \"stdout\": \"\", \"stderr\": \"\"}");
    assertEquals(42, run("session", "exec", "ada-1", "--root", "--", "sh", "-c", "exit 42"));
    assertTrue(
        proxy.requests.contains(
            "POST /api/v1/sessions/ada-1/exec {\"argv\":[\"sh\",\"-c\",\"exit 42\"],\"root\":true}"),
        () -> proxy.requests.toString());
  }

  @Test
  void tellsWhatIsNotThere() {
    assertEquals(3, run("session", "show", "no such"));
    assertEquals("mobidesk: no GET /api/v1/sessions/no%20such\n", err.toString());
  }

  @Test
  void tellsAWrongPassword() {
    proxy.answer(
        "POST /api/v1/token",
        401,
        "{\"error\":{\"code\":\"login\",\"message\":\"wrong user or password\"}}");
    assertEquals(4, run("session", "list"));
    assertEquals("mobidesk: wrong user or password\n", err.toString());
  }

  @Test
  void refusesAProxyThatTheAuthorityDidNotSign() {
    environment.put("MOBIDESK_CONTEXT", directory.resolve("none.json").toString());
    environment.put("MOBIDESK_USER", "admin");
    environment.put("MOBIDESK_PASSWORD_FILE", directory.resolve("password").toString());
    assertEquals(5, run("session", "list", "--url", proxy.uri().toString()));
    assertTrue(err.toString().contains("does not prove"), err.toString());
  }

  @Test
  void tellsThatSomethingElseAnswers() {
    proxy.answer("GET /api/v1/sessions", 404, "<html>404 - Not Found</html>");
    assertEquals(5, run("session", "list"));
    assertEquals(
        "mobidesk: %s/api/v1/sessions answered 404, and not as MobiDesk does. Is it a proxy, and is MobiDesk deployed there?\n"
            .formatted(proxy.uri()),
        err.toString());
  }

  @Test
  void tellsThatNobodyListens() {
    String url = proxy.uri().toString();
    proxy.close();
    assertEquals(5, run("session", "list", "--url", url));
    assertTrue(err.toString().contains("cannot reach " + url), err.toString());
  }

  @Test
  void asksWhichInstallation() {
    environment.put("MOBIDESK_CONTEXT", directory.resolve("none.json").toString());
    assertEquals(2, run("session", "list"));
    assertTrue(err.toString().contains("which installation?"), err.toString());
  }
}
