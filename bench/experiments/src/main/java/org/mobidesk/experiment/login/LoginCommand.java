package org.mobidesk.experiment.login;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.mobidesk.bench.Results;
import org.mobidesk.experiment.BenchOptions;
import org.mobidesk.lab.LabException;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.Waiting;
import org.mobidesk.lab.host.LabHost;
import org.mobidesk.lab.host.LabRun;
import org.mobidesk.lab.host.TemporaryRun;
import org.mobidesk.lab.node.Lab;
import org.mobidesk.lab.node.LabAccess;
import org.mobidesk.lab.node.RestApi;
import org.mobidesk.lab.setup.Checkout;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** {@code ./mobidesk bench login}. */
@CommandLine.Command(
    name = "login",
    mixinStandardHelpOptions = true,
    description = {
      "How long it takes until an Xfce desktop can be used: restored from a golden checkpoint, beside a boot;",
      "and how long one hibernates and comes back."
    })
public final class LoginCommand implements Callable<Integer> {
  /** This one restores, the other one boots. */
  private static final String GOLDEN = "server1";

  private static final String BOOTS = "server2";
  private static final String TEMPLATE = "xfce";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Panel, its menu plugin and the background are there. */
  private static final String USABLE =
      "tree=$(xwininfo -root -tree) && echo \"$tree\" | grep -q xfce4-panel && echo \"$tree\" | grep -q '\"Desktop\"'"
          + " && pgrep -f libwhiskermenu >/dev/null";

  @Mixin private BenchOptions options;

  @Override
  public Integer call() throws IOException {
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.err);
    try (TemporaryRun temporary = TemporaryRun.begin("login")) {
      LabAccess access =
          new Lab(checkout, progress, temporary.run())
              .configure(GOLDEN, "golden = 1\n")
              .start(List.of(TEMPLATE));
      try (HttpClient client = access.client()) {
        RestApi api = new RestApi(access, client);
        progress.say("making the golden checkpoint");
        api.destroy(session(api.create("first", TEMPLATE, GOLDEN)));
        awaitGolden(temporary.run());
        System.out.println(options.report(measure(api, progress)));
      }
    }
    return 0;
  }

  private Results measure(RestApi api, Progress progress) {
    int pairs = options.pairs();
    double[] golden = new double[pairs];
    double[] boot = new double[pairs];
    double[] hibernate = new double[pairs];
    double[] resume = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      progress.say("login " + (i + 1) + " of " + pairs);
      boot[i] = login(api, BOOTS, null, null, i);
      golden[i] = login(api, GOLDEN, hibernate, resume, i);
    }
    return Results.of("login")
        .note(
            "From the request until panel, menu and background of the desktop are there, through the control plane;"
                + " looked at by commands in the session, so up to about 0.1 s too long.")
        .row(TEMPLATE, "login to a desktop that can be used", "ms", golden, Map.of("boot", boot))
        .row(TEMPLATE, "hibernate", "ms", hibernate)
        .row(TEMPLATE, "resume from hibernation", "ms", resume);
  }

  /** Milliseconds to a usable desktop; then it hibernates and comes back, if that is asked for. */
  private static double login(
      RestApi api, String server, double[] hibernate, double[] resume, int i) {
    long begin = System.nanoTime();
    String session = session(api.create("bench", TEMPLATE, server));
    try {
      usable(api, session);
      final double taken = since(begin);
      if (hibernate != null) {
        begin = System.nanoTime();
        session(api.hibernate(session));
        hibernate[i] = since(begin);
        begin = System.nanoTime();
        session(api.restore(session, server));
        resume[i] = since(begin);
        usable(api, session);
      }
      return taken;
    } finally {
      api.destroy(session);
    }
  }

  private static double since(long begin) {
    return (System.nanoTime() - begin) / 1e6;
  }

  private static void usable(RestApi api, String session) {
    Waiting.until(
        "a desktop that can be used",
        PATIENCE,
        () ->
            api.exec(session, "export DISPLAY=:0\n" + USABLE, List.of("/bin/sh", "-s")).exit()
                == 0);
  }

  private static String session(JsonObject workflow) {
    if (!workflow.getString("state").equals("done")) {
      throw new LabException(workflow.getString("kind") + " failed: " + workflow.get("failure"));
    }
    return workflow.getString("session");
  }

  private static void awaitGolden(LabRun run) {
    Waiting.until(
        "the golden checkpoint",
        PATIENCE,
        () -> {
          try {
            return Files.readString(LabHost.find(run, GOLDEN).log("hostd"))
                .contains("info golden template=");
          } catch (IOException e) {
            throw new LabException("cannot read the log of the host daemon", e);
          }
        });
  }
}
