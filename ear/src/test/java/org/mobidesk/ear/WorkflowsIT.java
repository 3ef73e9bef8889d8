package org.mobidesk.ear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Workflows on a real WildFly with a real host daemon and real sessions, over messages that come
 * three times and in the wrong order. Nothing can move here, as one deployment is one server:
 * migrations are tested in the lab.
 */
@ExtendWith(ArquillianExtension.class)
@RunAsClient
class WorkflowsIT {

  private static final String DEPLOYMENT = "workflows";
  private static final Pattern STATE =
      Pattern.compile("pid=(\\d+) child=(\\d+) ticks=(\\d+) .* memory=remember deleted=deleted .*");

  @ArquillianResource private Deployer deployer;

  private HostDaemon daemon;
  private Rest rest;

  @Deployment(name = DEPLOYMENT, managed = false, testable = false)
  static EnterpriseArchive deployment() {
    return Deployments.withSenders(
        InsistentSender.class, InsistentReports.class, LossySender.class);
  }

  @BeforeEach
  void start() throws Exception {
    daemon = new HostDaemon();
    deploy();
  }

  @AfterEach
  void stop() throws Exception {
    try {
      if (rest != null) {
        rest.close();
      }
      deployer.undeploy(DEPLOYMENT);
    } finally {
      daemon.end();
    }
  }

  private void deploy() throws Exception {
    deployer.deploy(DEPLOYMENT);
    rest = new Rest().administrator();
    Await.until(
        "the server to report",
        () ->
            rest.get("/servers").json().asJsonArray().stream()
                .anyMatch(s -> !s.asJsonObject().getString("state").equals("down")));
  }

  @Test
  void aSessionIsSuspendedAndGoesOnWhereItWas() throws Exception {
    String session = create("bob");
    Matcher before = state(session);

    JsonObject suspended = done("POST", "/sessions/" + session + "/checkpoint", "{}");
    assertEquals(List.of("sync", "hold", "checkpoint", "store", "forget"), stepsDone(suspended));
    assertEquals("suspended", session(session).getString("state"));

    JsonObject restored = done("POST", "/sessions/" + session + "/restore", "{}");
    assertEquals(
        List.of("reserve", "load", "restore", "commit", "resume", "release"), stepsDone(restored));
    assertEquals("running", session(session).getString("state"));
    assertEquals(2, session(session).getInt("epoch"), "committed once, whatever was repeated");
    goesOn(session, before);

    done("DELETE", "/sessions/" + session, null);
    assertEquals("ended", session(session).getString("state"));
    Await.until(
        "the server to have no session",
        () -> rest.get("/servers/node1").json().asJsonObject().getInt("sessions") == 0);
  }

  @Test
  void aSessionIsCopiedWhileItRunsOn() throws Exception {
    String session = create("dave");
    Matcher before = state(session);
    JsonObject copied = done("POST", "/sessions/" + session + "/copy", "{}");
    assertEquals(
        List.of("sync", "hold", "copy", "commit", "release", "store", "prune"), stepsDone(copied));
    assertEquals("running", session(session).getString("state"));
    assertEquals(2, session(session).getInt("epoch"), "committed once, whatever was repeated");
    assertEquals(1, session(session).getJsonObject("copy").getInt("epoch"));
    goesOn(session, before);

    done("POST", "/sessions/" + session + "/copy", "{}");
    assertEquals(3, session(session).getInt("epoch"));
    assertEquals(2, session(session).getJsonObject("copy").getInt("epoch"));
    goesOn(session, before);
    Rest.Answer refused = rest.post("/sessions/" + session + "/recover", "{}");
    assertEquals(409, refused.status());
    assertEquals("server-up", refused.errorCode());
    done("DELETE", "/sessions/" + session, null);
  }

  @Test
  void whatWasUnderWayWhenTheApplicationWasReplacedIsDoneByTheNewOne() throws Exception {
    String session = create("carol");
    Matcher before = state(session);
    rest.send("PUT", "/servers/node1/maintenance", "{\"maintenance\": true}");

    Path loss =
        Files.createFile(Path.of(System.getProperty("node.home"), "standalone", LossySender.FILE));
    String workflow =
        rest.post("/sessions/" + session + "/checkpoint", "{}")
            .json()
            .asJsonObject()
            .getString("id");
    assertEquals("running", workflow(workflow, 0).getString("state"));
    rest.close();
    deployer.undeploy(DEPLOYMENT);
    Files.delete(loss);
    deploy();

    JsonObject ended = workflow(workflow, 60);
    assertEquals("done", ended.getString("state"), ended::toString);
    assertEquals("suspended", session(session).getString("state"));
    Await.until(
        "the server to be in maintenance, as it was before",
        () ->
            rest.get("/servers/node1").status() == 200
                && rest.get("/servers/node1")
                    .json()
                    .asJsonObject()
                    .getString("state")
                    .equals("maintenance"));
    rest.send("PUT", "/servers/node1/maintenance", "{\"maintenance\": false}");
    done("POST", "/sessions/" + session + "/restore", "{}");
    goesOn(session, before);
    done("DELETE", "/sessions/" + session, null);
  }

  private String create(String user) throws Exception {
    JsonObject created =
        done(
            "POST",
            "/sessions",
            "{\"user\": \"%s\", \"template\": \"%s\"}".formatted(user, HostDaemon.TEMPLATE));
    assertEquals(List.of("route", "create"), stepsDone(created));
    return created.getString("session");
  }

  private JsonObject session(String id) throws Exception {
    return rest.get("/sessions/" + id).json().asJsonObject();
  }

  private JsonObject workflow(String id, int waitSeconds) throws Exception {
    return rest.get("/workflows/" + id + "?wait=" + waitSeconds).json().asJsonObject();
  }

  /** Does something that is a workflow, to its good end. */
  private JsonObject done(String method, String path, String body) throws Exception {
    Rest.Answer begun = rest.send(method, path, body);
    assertEquals(202, begun.status(), begun::toString);
    JsonObject workflow = workflow(begun.json().asJsonObject().getString("id"), 60);
    assertEquals("done", workflow.getString("state"), workflow::toString);
    return workflow;
  }

  /** Each step that was done, once. */
  private static List<String> stepsDone(JsonObject workflow) {
    return workflow.getJsonArray("steps").stream()
        .map(JsonValue::asJsonObject)
        .filter(s -> s.getString("state").equals("done"))
        .map(s -> s.getString("name"))
        .toList();
  }

  /** What the session's program last wrote about itself. */
  private Matcher state(String session) throws Exception {
    Rest.Answer answer =
        rest.post(
            "/sessions/" + session + "/exec",
            "{\"argv\": [\"%s\", \"cat\", \"/var/lib/app/state\"]}".formatted(HostDaemon.PROGRAM));
    assertEquals(200, answer.status(), answer::toString);
    String text =
        new String(
            Base64.getDecoder().decode(answer.json().asJsonObject().getString("stdout")),
            StandardCharsets.US_ASCII);
    Matcher state = STATE.matcher(text.strip());
    assertTrue(state.matches(), text);
    return state;
  }

  /** The same processes tick on from where they were, and no second copy of them does. */
  private void goesOn(String session, Matcher before) throws Exception {
    long ticks = Long.parseLong(before.group(3));
    Await.until("ticks", () -> Long.parseLong(state(session).group(3)) > ticks);
    Matcher now = state(session);
    assertEquals(before.group(1), now.group(1), "process id");
    assertEquals(before.group(2), now.group(2), "its child's");
  }
}
