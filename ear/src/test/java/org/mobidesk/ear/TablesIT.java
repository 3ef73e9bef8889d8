package org.mobidesk.ear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.inject.Inject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mobidesk.application.RequestRefused;
import org.mobidesk.application.ServerDirectory;
import org.mobidesk.application.WorkflowBeginnings;
import org.mobidesk.application.WorkflowJournal;
import org.mobidesk.application.port.AddressLeases;
import org.mobidesk.application.port.CookieTable;
import org.mobidesk.application.port.LocationTable;
import org.mobidesk.application.port.PolicyRepository;
import org.mobidesk.application.port.SessionRepository;
import org.mobidesk.application.port.TrafficLedger;
import org.mobidesk.application.port.WorkflowRepository;
import org.mobidesk.domain.model.network.Publication;
import org.mobidesk.domain.model.network.Publication.Protocol;
import org.mobidesk.domain.model.network.SessionPolicy;
import org.mobidesk.domain.model.network.Traffic;
import org.mobidesk.domain.model.server.Placement;
import org.mobidesk.domain.model.server.Server;
import org.mobidesk.domain.model.server.ServerReport;
import org.mobidesk.domain.model.server.Template;
import org.mobidesk.domain.model.session.Session;
import org.mobidesk.domain.model.session.SessionCopy;
import org.mobidesk.domain.model.session.SessionLimits;
import org.mobidesk.domain.model.session.SessionLocation;
import org.mobidesk.domain.model.session.SessionSettings;
import org.mobidesk.domain.model.session.SessionState;
import org.mobidesk.domain.model.workflow.FailureCode;
import org.mobidesk.domain.model.workflow.StepExecution;
import org.mobidesk.domain.model.workflow.StepName;
import org.mobidesk.domain.model.workflow.StepOutcome;
import org.mobidesk.domain.model.workflow.StepResult;
import org.mobidesk.domain.model.workflow.Workflow;
import org.mobidesk.domain.model.workflow.WorkflowKind;
import org.mobidesk.domain.model.workflow.WorkflowState;

/** The tables under a commit, in the real server: replicated caches and database. */
@ExtendWith(ArquillianExtension.class)
class TablesIT {

  private static final int CONTENDERS = 16;

  @Inject private LocationTable locations;
  @Inject private CookieTable cookies;
  @Inject private SessionRepository sessions;
  @Inject private WorkflowRepository workflows;
  @Inject private WorkflowBeginnings beginnings;
  @Inject private WorkflowJournal journal;
  @Inject private AddressLeases addresses;
  @Inject private ServerDirectory servers;
  @Inject private PolicyRepository policies;
  @Inject private TrafficLedger ledger;

  @Deployment
  static EnterpriseArchive deployment() {
    return Deployments.with(TablesIT.class);
  }

  /** Servers that the engine holds for reachable as long as the tests last. */
  @BeforeEach
  void report() {
    for (String server : List.of("s1", "s2")) {
      servers.heard(reportOf(server), Instant.now().plusSeconds(3600));
    }
  }

  @Test
  void exactlyOneOfManyCommitsWins() throws Exception {
    String session = unique("race");
    SessionLocation begin = new SessionLocation("s0", 7);
    locations.prime(session, begin);
    List<Boolean> won =
        atOnce(
            contender -> locations.compareAndSet(session, begin, begin.movedTo("s" + contender)));
    assertEquals(1, won.stream().filter(w -> w).count());
    int winner = won.indexOf(true);
    assertTrue(
        locations.compareAndSet(session, begin, begin.movedTo("s" + winner)),
        "the winner's commit done again");
    assertFalse(locations.compareAndSet(session, begin, begin.movedTo("other")));
    locations.remove(session);
    assertFalse(locations.compareAndSet(session, begin, begin.movedTo("s1")));
  }

  @Test
  void aCookieThatIsUsedAloneEndsThoseThatWereUsedBefore() {
    String session = "s" + UUID.randomUUID();
    for (String name : List.of("before", "looker", "now")) {
      cookies.add(session + name, session);
    }
    cookies.use(session + "before", false);
    cookies.use(session + "now", true);
    assertTrue(cookies.sessionOf(session + "before").isEmpty());
    assertEquals(Optional.of(session), cookies.sessionOf(session + "looker"), "was not used");
    assertEquals(Optional.of(session), cookies.sessionOf(session + "now"));
    cookies.use(session + "before", true);
    assertEquals(Optional.of(session), cookies.sessionOf(session + "now"), "by one that is over");
    cookies.removeAllOf(session);
  }

  @Test
  void cookiesLastAsLongAsTheirSession() {
    String session = unique("cookie");
    cookies.add(session + "-1", session);
    cookies.add(session + "-2", session);
    assertEquals(Optional.of(session), cookies.sessionOf(session + "-2"));
    cookies.removeAllOf(session);
    assertTrue(cookies.sessionOf(session + "-1").isEmpty());
    assertTrue(cookies.sessionOf(session + "-2").isEmpty());
  }

  @Test
  void oneWorkflowGetsTheSession() throws Exception {
    Session session = running(unique("u"));
    List<Boolean> begun =
        atOnce(
            contender -> {
              try {
                beginnings.begin(
                    session.id(), unique("w"), WorkflowKind.MIGRATE, "s2", Instant.now());
                return true;
              } catch (RuntimeException e) {
                return false;
              }
            });
    assertEquals(1, begun.stream().filter(b -> b).count());
    assertEquals(SessionState.MOVING, sessions.find(session.id()).orElseThrow().state());
    assertEquals(2, workflows.ofSession(session.id()).size());
  }

  @Test
  void aUserHasOneSessionThatIsAlive() {
    String user = unique("u");
    Session first = running(user);
    RequestRefused refused = assertThrows(RequestRefused.class, () -> create(user));
    assertEquals("session-exists", refused.code());
    assertTrue(refused.getMessage().contains(first.id()), refused.getMessage());
  }

  @Test
  void aPolicyComesBackAsItWasStored() {
    String session = running(unique("u")).id();
    assertEquals(SessionPolicy.DEFAULT, policies.of(session));
    SessionPolicy policy =
        new SessionPolicy(
            true,
            List.of("203.0.113.0/24", "198.51.100.7"),
            List.of("bob-1", "eve-2"),
            1_000_000,
            0,
            List.of(
                new Publication(Protocol.TCP, 20100, 22),
                new Publication(Protocol.UDP, 20100, 53)));
    policies.save(session, policy);
    assertEquals(policy, policies.of(session));
    assertEquals(policy, policies.all().get(session));
    policies.save(session, SessionPolicy.DEFAULT);
    assertEquals(SessionPolicy.DEFAULT, policies.of(session));
    assertEquals(Optional.empty(), policies.publisher("tcp/20100"));
  }

  @Test
  void anOutsidePortIsOneSessionsUntilThatEnds() {
    Session first = running(unique("u"));
    Session second = running(unique("u"));
    SessionPolicy ssh = SessionPolicy.DEFAULT.publishing(new Publication(Protocol.TCP, 20101, 22));
    policies.save(first.id(), ssh);
    RequestRefused refused =
        assertThrows(RequestRefused.class, () -> policies.save(second.id(), ssh));
    assertEquals("port-taken", refused.code());
    assertTrue(refused.getMessage().contains(first.id()), refused.getMessage());
    sessions.save(first.ended("logged out"));
    policies.save(second.id(), ssh);
    assertEquals(Optional.of(second.id()), policies.publisher("tcp/20101"));
    assertEquals(SessionPolicy.DEFAULT, policies.of(first.id()));
  }

  @Test
  void anAccountGoesOnWhenACounterBeginsAnew() {
    String session = unique("account");
    assertEquals(Traffic.NONE, ledger.of(session));
    ledger.note(session, "p1", new Traffic(1, 10, 2, 20));
    assertEquals(new Traffic(3, 30, 4, 40), ledger.note(session, "p1", new Traffic(3, 30, 4, 40)));
    assertEquals(new Traffic(4, 35, 5, 45), ledger.note(session, "p1", new Traffic(1, 5, 1, 5)));
    assertEquals(new Traffic(5, 36, 6, 46), ledger.note(session, "p2", new Traffic(1, 1, 1, 1)));
    assertEquals(new Traffic(5, 36, 6, 46), ledger.of(session));
  }

  @Test
  void addressesOfEndedSessionsRestInQuarantine() {
    String first = unique("s");
    String second = unique("s");
    String address = addresses.lease(first, Instant.now());
    addresses.release(first, Instant.now());
    assertNotEquals(address, addresses.lease(second, Instant.now()));
    addresses.release(second, Instant.now());
    Instant later = Instant.now().plusSeconds(3600);
    assertEquals(address, addresses.lease(unique("s"), later));
  }

  @Test
  void theJournalKeepsWorkflowsAsTheyAre() {
    Session session = running(unique("u"));
    WorkflowBeginnings.Beginning beginning =
        beginnings.begin(session.id(), unique("w"), WorkflowKind.MIGRATE, "s2", Instant.now());
    Workflow workflow = beginning.workflow();
    Map<String, Long> figures = Map.of("freeBytes", 42L, "negative", -1L);
    succeed(workflow.id(), figures);
    Workflow afterReserve = workflows.find(workflow.id()).orElseThrow();
    assertEquals(figures, afterReserve.steps().getFirst().result());
    StepResult full = new StepResult.Failed(FailureCode.NO_SPACE, "the disk is full");
    answer(workflow.id(), full);
    succeed(workflow.id(), Map.of());
    Workflow ended = workflows.find(workflow.id()).orElseThrow();
    assertEquals(WorkflowState.FAILED, ended.state());
    assertEquals("the disk is full", ended.failure().orElseThrow().message());
    assertEquals(
        List.of(StepName.RESERVE, StepName.SYNC, StepName.ABORT),
        ended.steps().stream().map(StepExecution::name).toList());
    Session after = sessions.find(session.id()).orElseThrow();
    assertEquals(SessionState.RUNNING, after.state());
    assertTrue(after.busyWith().isEmpty());
    assertTrue(after.lastFailure().contains("the disk is full"), after.lastFailure());
  }

  @Test
  void theCommitMovesTheSessionWithItsStep() {
    Session session = running(unique("u"));
    Workflow workflow =
        beginnings
            .begin(session.id(), unique("w"), WorkflowKind.MIGRATE, "s2", Instant.now())
            .workflow();
    succeedUntil(workflow.id(), StepName.COMMIT);
    assertEquals(new SessionLocation("s1", 1), locationOf(session));
    succeed(workflow.id(), Map.of());
    assertEquals(new SessionLocation("s2", 2), locationOf(session));
    succeed(workflow.id(), Map.of());
    assertEquals(SessionState.RUNNING, sessions.find(session.id()).orElseThrow().state());
    assertTrue(sessions.find(session.id()).orElseThrow().busyWith().isPresent());
  }

  @Test
  void theLastCopyIsKeptWithTheSession() {
    Session session = running(unique("u"));
    for (long epoch = 1; epoch <= 2; epoch++) {
      Workflow copy = copy(session);
      succeedUntil(copy.id(), StepName.STORE);
      assertEquals(new SessionLocation("s1", epoch + 1), locationOf(session));
      assertEquals(
          epoch - 1,
          sessions
              .find(session.id())
              .flatMap(Session::lastCopy)
              .map(SessionCopy::epoch)
              .orElse(0L));
      succeed(copy.id(), Map.of());
      Session after = sessions.find(session.id()).orElseThrow();
      assertEquals(epoch, after.lastCopy().orElseThrow().epoch());
      assertEquals(SessionState.RUNNING, after.state());
      succeedUntil(copy.id(), null);
    }
    assertEquals(
        List.of(WorkflowKind.COPY, WorkflowKind.CREATE),
        workflows.ofSession(session.id()).stream().map(Workflow::kind).toList());
  }

  @Test
  void aRecoveryGoesTwoEpochsUp() {
    Session session = running(unique("u"));
    succeedUntil(copy(session).id(), null);
    Workflow recovery =
        beginnings
            .begin(session.id(), unique("w"), WorkflowKind.RECOVER, "s2", Instant.now())
            .workflow();
    succeedUntil(recovery.id(), StepName.COMMIT);
    assertEquals(new SessionLocation("s1", 2), locationOf(session));
    succeedUntil(recovery.id(), null);
    assertEquals(new SessionLocation("s2", 4), locationOf(session));
    assertEquals(SessionState.RUNNING, sessions.find(session.id()).orElseThrow().state());
  }

  private Workflow copy(Session session) {
    return beginnings
        .begin(session.id(), unique("w"), WorkflowKind.COPY, "s1", Instant.now())
        .workflow();
  }

  @Test
  void limitsStayWithTheSession() {
    Session session = running(unique("u"));
    SessionLimits wanted = new SessionLimits(2L << 30, 0, 1500, 500, 20L << 20);
    Workflow workflow =
        beginnings.limit(session.id(), unique("w"), old -> wanted, Instant.now()).workflow();
    Session during = sessions.find(session.id()).orElseThrow();
    assertEquals(SessionLimits.DEFAULTS, during.limits());
    assertEquals(wanted, during.effectiveLimits());
    succeed(workflow.id(), Map.of());
    Session after = sessions.find(session.id()).orElseThrow();
    assertEquals(wanted, after.limits());
    assertEquals(SessionState.RUNNING, after.state());
    Workflow refused =
        beginnings
            .limit(session.id(), unique("w"), old -> SessionLimits.DEFAULTS, Instant.now())
            .workflow();
    answer(refused.id(), new StepResult.Failed(FailureCode.CONFLICT, "it uses more memory"));
    assertEquals(wanted, sessions.find(session.id()).orElseThrow().effectiveLimits());
  }

  private SessionLocation locationOf(Session session) {
    return sessions.find(session.id()).orElseThrow().location();
  }

  private Session running(String user) {
    WorkflowBeginnings.Beginning created = create(user);
    succeedUntil(created.workflow().id(), null);
    return sessions.find(created.session().id()).orElseThrow();
  }

  private WorkflowBeginnings.Beginning create(String user) {
    ServerReport report =
        new ServerReport("s1", "127.0.0.1", null, "6.1", "{}", 2, 1, 1, 1, 1, List.of(), List.of());
    Placement.Place place =
        new Placement.Place(
            new Server(reportOf("s1"), Instant.now(), false), new Template("t-1", "t", "1"));
    return beginnings.create(
        unique("i"), unique("w"), user, place, SessionSettings.DEFAULT, Instant.now());
  }

  private static ServerReport reportOf(String server) {
    return new ServerReport(
        server, "127.0.0.1", null, "6.1", "{}", 2, 1, 1, 1, 1, List.of(), List.of());
  }

  private void succeed(String workflow, Map<String, Long> figures) {
    answer(workflow, new StepResult.Succeeded(figures));
  }

  private void answer(String workflow, StepResult result) {
    journal.apply(workflow, w -> answered(w, result));
  }

  /**
   * All in one transaction, before the engine's timer sees to a workflow whose servers are not
   * there.
   */
  private void succeedUntil(String workflow, StepName step) {
    journal.apply(
        workflow,
        w -> {
          Workflow now = w;
          while (now.current().isPresent() && now.current().get().name() != step) {
            now = answered(now, StepResult.done());
          }
          return now;
        });
  }

  private static Workflow answered(Workflow workflow, StepResult result) {
    StepExecution step = workflow.current().orElseThrow();
    return workflow.on(
        new StepOutcome(workflow.id(), step.order(), step.attempt(), result), Instant.now());
  }

  private static String unique(String prefix) {
    return prefix + "-" + UUID.randomUUID().toString().substring(0, 18);
  }

  private interface Contender {
    boolean tryIt(int number) throws Exception;
  }

  /** What each of many got that began at the same moment. */
  private static List<Boolean> atOnce(Contender contender) throws Exception {
    CyclicBarrier start = new CyclicBarrier(CONTENDERS);
    try (ExecutorService threads = Executors.newFixedThreadPool(CONTENDERS)) {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < CONTENDERS; i++) {
        int number = i;
        tasks.add(
            () -> {
              start.await();
              return contender.tryIt(number);
            });
      }
      List<Boolean> results = new ArrayList<>();
      for (Future<Boolean> result : threads.invokeAll(tasks)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
