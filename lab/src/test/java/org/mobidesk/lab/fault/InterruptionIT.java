package org.mobidesk.lab.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import jakarta.json.JsonObject;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabRemoval;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.setup.Checkout;

/** Whoever starts a run may think better of it at any moment: nothing of it stays. */
class InterruptionIT {
  private static final Duration MOVE = Duration.ofSeconds(60);

  private final Checkout checkout = Checkout.find();
  private final LabRun run = new LabRun("int" + ProcessHandle.current().pid() % 1_000_000);
  private Starter starter;

  @AfterEach
  void remove() {
    if (starter != null) {
      starter.kill();
    }
    new LabRemoval(run).remove();
  }

  @ParameterizedTest
  @CsvSource({"starting the hosts,INT", "starting WildFly on,INT"})
  void ctrlCInTheMiddleOfAStartLeavesNothing(String line, String signal) throws Exception {
    starter = new Starter(checkout, "up", run.name(), "--template", "minimal");
    starter.says(line);
    starter.signalGroup(signal);
    starter.ends();
    assertEquals(List.of(), Leftovers.of(run));
  }

  @Test
  void whatAKilledStarterLeavesIsTakenDown() throws Exception {
    starter = new Starter(checkout, "up", run.name(), "--template", "minimal");
    starter.says("starting WildFly on");
    starter.signal("KILL");
    starter.ends();
    assertNotEquals(List.of(), Leftovers.of(run), "hosts go on without their starter");
    Starter down = new Starter(checkout, "down", run.name());
    down.ends();
    assertEquals(List.of(), Leftovers.of(run));
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "configuring WildFly as a proxy,INT",
    "configuring WildFly as a server,TERM",
    "starting the hosts,TERM",
    "starting WildFly on,TERM",
    "proxy and servers are up,INT",
    "'log in, a desktop appears',INT",
    "'log in, a desktop appears',TERM",
    "'a terminal, ssh',INT"
  })
  void aDemoThatIsStoppedLeavesNothing(String line, String signal) throws Exception {
    starter = new Starter(checkout, "demo", "--run", run.name());
    starter.says(line);
    if (signal.equals("INT")) {
      starter.signalGroup(signal);
    } else {
      starter.signal(signal);
    }
    starter.ends();
    assertEquals(List.of(), Leftovers.of(run));
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"INT", "TERM"})
  void aDemoThatIsStoppedInTheMiddleOfAMigrationLeavesNothing(String signal) throws Exception {
    starter = new Starter(checkout, "demo", "--run", run.name(), "--moves", "2");
    starter.says("migration 1");
    LabAccess access = LabAccess.read(run);
    try (HttpClient client = access.client()) {
      RestApi api = new RestApi(access, client);
      String session = api.sessions().getJsonObject(0).getString("id");
      Waiting.until("the image to be dumped", MOVE, () -> dumps(api, session));
    }
    starter.signalGroup(signal);
    starter.ends();
    assertEquals(List.of(), Leftovers.of(run));
  }

  private static boolean dumps(RestApi api, String session) {
    JsonObject newest = api.workflows(session).getJsonObject(0);
    return newest.getString("kind").equals("migrate")
        && newest.getJsonArray("steps").getValuesAs(JsonObject.class).stream()
            .anyMatch(s -> s.getString("name").equals("checkpoint"));
  }
}
