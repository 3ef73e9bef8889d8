package org.mobidesk.ear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The interface as its users see it, over TLS: logins, errors, what is refused. */
@ExtendWith(ArquillianExtension.class)
class RestIT {

  private Rest rest;

  @Deployment(testable = false)
  static EnterpriseArchive deployment() {
    return Deployments.with();
  }

  @BeforeEach
  void connect() throws Exception {
    rest = new Rest();
  }

  @AfterEach
  void disconnect() {
    rest.close();
  }

  @Test
  void healthNeedsNoLogin() throws Exception {
    assertEquals(200, rest.get("/health").status());
  }

  @Test
  void aWrongPasswordAndAnUnknownUserLookTheSame() throws Exception {
    Rest.Answer wrong = rest.post("/login", "{\"user\": \"ada\", \"password\": \"x\"}");
    Rest.Answer unknown = rest.post("/login", "{\"user\": \"nobody\", \"password\": \"x\"}");
    assertEquals(401, wrong.status());
    assertEquals("login-refused", wrong.errorCode());
    assertEquals(wrong, unknown);
  }

  @Test
  void guessingIsThrottledForThatUserOnly() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertEquals(401, rest.post("/login", "{\"user\":\"eve\",\"password\":\"x\"}").status());
    }
    Rest.Answer throttled = rest.post("/login", "{\"user\":\"eve\",\"password\":\"x\"}");
    assertEquals(429, throttled.status());
    assertEquals("login-throttled", throttled.errorCode());
    assertEquals(200, rest.post("/token", "{\"user\":\"grace\",\"password\":\"hopper\"}").status());
  }

  @Test
  void aUserWithoutTheRoleGetsNoToken() throws Exception {
    assertEquals(401, rest.post("/token", "{\"user\":\"ada\",\"password\":\"lovelace\"}").status());
  }

  @Test
  void administrationNeedsAToken() throws Exception {
    for (String path : new String[] {"/servers", "/sessions", "/workflows/x", "/audit"}) {
      assertEquals("authorization-missing", rest.get(path).errorCode(), path);
    }
    assertEquals("token-invalid", rest.bearer("0".repeat(64)).get("/servers").errorCode());
  }

  @Test
  void aServerWithoutHostDaemonIsListedAsDownAndGetsNoSessions() throws Exception {
    rest.administrator();
    JsonObject server = awaitServer();
    assertEquals("node1", server.getString("name"));
    assertEquals("down", server.getString("state"));
    Rest.Answer login = rest.post("/login", "{\"user\": \"ada\", \"password\": \"lovelace\"}");
    assertEquals(503, login.status());
    assertEquals("no-server", login.errorCode());
    Rest.Answer create = rest.post("/sessions", "{\"user\": \"ada\", \"server\": \"node1\"}");
    assertEquals(409, create.status());
    assertTrue(create.errorMessage().contains("host daemon"), create.errorMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          POST   | /login                   | {                                     | 400 | request-invalid
          POST   | /login                   | {"user": "ada"}                       | 400 | request-invalid
          POST   | /login                   | {"user": "ada", "password": 1}        | 400 | request-invalid
          POST   | /login                   | {"user":"a","password":"b","more":1}  | 400 | request-invalid
          POST   | /login                   | {"user":"a","password":"b","width":1} | 400 | request-invalid
          GET    | /sessions/none           |                                       | 404 | session-unknown
          GET    | /servers/none            |                                       | 404 | server-unknown
          GET    | /workflows/none          |                                       | 404 | workflow-unknown
          GET    | /workflows/none?wait=61  |                                       | 400 | request-invalid
          GET    | /none                    |                                       | 404 | not-found
          POST   | /sessions/none/migrate   | {"server": "x"}                       | 404 | session-unknown
          POST   | /sessions/none/copy      | {}                                    | 404 | session-unknown
          POST   | /sessions/none/copy      | {"server": "x"}                       | 400 | request-invalid
          POST   | /sessions/none/recover   | {"server": "x"}                       | 404 | session-unknown
          POST   | /sessions/none/limits    | {"pids": 100}                         | 404 | session-unknown
          POST   | /sessions/none/limits    | {"memoryBytes": "2G"}                 | 400 | request-invalid
          PUT    | /sessions/none/network/policy | {"outRate": -1}                  | 400 | request-invalid
          PUT    | /sessions/none/network/policy | {"allow": ["10.1.2.3/8"]}        | 400 | request-invalid
          PUT    | /sessions/none/network/policy | {"restricted": true}             | 404 | session-unknown
          PUT    | /sessions/none/network/published/tcp/8443 | {"port": 22}         | 400 | port-closed
          PUT    | /sessions/none/network/published/sctp/20000 | {"port": 22}       | 400 | request-invalid
          PUT    | /sessions/none/second-login | {"policy": "join"}              | 404 | session-unknown
          PUT    | /sessions/none/second-login | {"policy": "share"}             | 400 | request-invalid
          GET    | /sessions/none/network/traffic |                                 | 404 | session-unknown
          POST   | /sessions/none/exec      | {"argv": []}                          | 400 | request-invalid
          POST   | /sessions/none/exec      | {"argv": ["ls"]}                      | 404 | session-unknown
          DELETE | /sessions/none           |                                       | 404 | session-unknown
          POST   | /sessions                | {"user": "ada", "server": "none"}     | 404 | server-unknown
          POST   | /sessions                | {"user": "No User"}                   | 400 | user-invalid
          """)
  void errorsSayWhatIsWrong(String method, String path, String body, int status, String code)
      throws Exception {
    rest.administrator();
    Rest.Answer answer = rest.send(method, path, body);
    assertEquals(status, answer.status(), answer.toString());
    assertEquals(code, answer.errorCode());
    assertFalse(answer.errorMessage().isBlank());
  }

  @Test
  void whatAdministratorsDoIsAudited() throws Exception {
    rest.administrator();
    rest.post("/sessions/none/exec", "{\"argv\": [\"id\", \"-u\"], \"root\": true}");
    JsonObject record = rest.get("/audit?session=none").json().asJsonArray().getJsonObject(0);
    assertEquals("grace", record.getString("actor"));
    assertEquals("session-exec-root", record.getString("action"));
    assertEquals("id -u", record.getString("detail"));
  }

  @Test
  void displayNeedsAnUpgradeAndACookie() throws Exception {
    Rest.Answer plain = rest.send("GET", 8443, "/display", null);
    assertEquals(426, plain.status());
    assertEquals("upgrade-required", plain.errorCode());
  }

  @Test
  void theTierIsForNodesOnly() throws Exception {
    assertEquals(403, rest.send("GET", 8443, "/tier/display/x", null).status());
    assertEquals(403, rest.send("GET", 8443, "/tier/image/x/1", null).status());
    try (Rest node = new Rest(TestNode.PROXY)) {
      assertEquals(403, node.send("GET", 8443, "/tier/display/x", null).status());
    }
  }

  @Test
  void aDisplayIsForProxiesAndAnImageForServers() throws Exception {
    String display = "/tier/display/x";
    String image = "/tier/image/x/1";
    String discard = "/tier/discard";
    try (Rest proxy = new Rest(TestNode.PROXY);
        Rest server = new Rest(TestNode.SERVER)) {
      assertEquals("request-invalid", proxy.send("GET", 8444, display, null).errorCode());
      assertEquals("request-invalid", server.send("GET", 8444, image, null).errorCode());
      assertEquals("request-invalid", server.send("GET", 8444, discard, null).errorCode());
      assertEquals("tier-role", server.send("GET", 8444, display, null).errorCode());
      for (String path : new String[] {image, discard}) {
        Rest.Answer refused = proxy.send("GET", 8444, path, null);
        assertEquals("tier-role", refused.errorCode(), path);
        assertEquals(403, refused.status());
        assertTrue(refused.errorMessage().contains(TestNode.PROXY), refused.errorMessage());
      }
    }
  }

  @Test
  void theLogHasNoSignOfAStrippedStackGuard() throws Exception {
    Path log = Path.of(System.getProperty("node.home"), "standalone/log/server.log");
    String text = Files.readString(log);
    assertTrue(text.contains("mobidesk.ear"), "the log of this node");
    assertFalse(text.toLowerCase(java.util.Locale.ROOT).contains("stack guard"));
  }

  /** The first heartbeat comes within half a second of the deployment. */
  private JsonObject awaitServer() throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (true) {
      var servers = rest.get("/servers").json().asJsonArray();
      if (!servers.isEmpty()) {
        return servers.getJsonObject(0);
      }
      assertTrue(System.nanoTime() < deadline, "no heartbeat within 30 s");
    }
  }
}
