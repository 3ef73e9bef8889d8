package org.mobidesk.experiment.os;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.mobidesk.bench.Results;
import org.mobidesk.experiment.BenchOptions;
import org.mobidesk.experiment.Interleaved;
import org.mobidesk.experiment.os.Programs.Application;
import org.mobidesk.lab.Progress;
import org.mobidesk.lab.host.TemporaryRun;
import org.mobidesk.lab.node.DaemonLab;
import org.mobidesk.lab.process.Command;
import org.mobidesk.lab.setup.Checkout;
import org.mobidesk.lab.setup.Template;
import org.mobidesk.lab.setup.TemplateImage;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./mobidesk bench os}. */
@CommandLine.Command(
    name = "os",
    mixinStandardHelpOptions = true,
    description = {
      "System calls and applications in a session, on the plain machine and in a podman container;",
      "what idle desktops use, and what a session notices of a hostile neighbour.",
      "All run the same files of the template `bench`; see docs/results/os.md."
    })
public final class OsCommand implements Callable<Integer> {
  private static final String SERVER = "server1";

  @Mixin private BenchOptions options;

  private enum Part {
    CALLS,
    APPLICATIONS,
    IDLE,
    NEIGHBOURS
  }

  @Option(
      names = "--part",
      split = ",",
      defaultValue = "CALLS,APPLICATIONS,IDLE,NEIGHBOURS",
      description =
          "Only some parts: ${COMPLETION-CANDIDATES} (default: all). Results are kept of all only.")
  private Set<Part> parts;

  @Override
  public Integer call() {
    Checkout checkout = Checkout.find();
    Progress progress = new Progress(System.err);
    Template template = new TemplateImage(checkout, progress).make("bench");
    Template desktop = new TemplateImage(checkout, progress).make("xfce");
    Programs programs = new Programs(checkout.built("native/target/meson/bench/os-calls"));
    try (TemporaryRun temporary = TemporaryRun.begin("os");
        Overlays overlays = new Overlays(temporary.run(), template.layers())) {
      // Before the hosts start: what is mounted later is not seen there.
      String root = overlays.makeComplete("chroot").toString();
      DaemonLab lab =
          DaemonLab.start(checkout, progress, temporary.run(), List.of(template, desktop));
      List<Place> places = new ArrayList<>();
      places.add(SessionPlace.make(lab, SERVER, template.id()));
      places.add(new ChrootPlace(lab.host("outside"), root));
      try (PodmanPlace podman = podman(overlays, temporary)) {
        if (podman == null) {
          progress.say("podman is not installed (apt-get install podman runc): left out");
        } else {
          places.add(podman);
        }
        places.forEach(programs::install);
        Results results = measure(places, progress);
        if (parts.contains(Part.IDLE)) {
          progress.say("idle desktops");
          results = new Footprint(lab, SERVER, desktop.id()).measure(results, options.pairs());
        }
        if (parts.contains(Part.NEIGHBOURS)) {
          progress.say("hostile neighbours");
          results =
              new Neighbour(lab, SERVER, template.id())
                  .measure(results, (SessionPlace) places.getFirst(), options.pairs());
        }
        System.out.println(
            parts.size() == Part.values().length ? options.report(results) : results.table());
      }
    }
    return 0;
  }

  private static PodmanPlace podman(Overlays overlays, TemporaryRun temporary) {
    if (Command.of("sh", "-c", "command -v podman").attempt().exit() != 0) {
      return null;
    }
    Path state = temporary.run().files().resolve("podman");
    return new PodmanPlace(temporary.run().name(), overlays.make("podman"), state);
  }

  private Results measure(List<Place> places, Progress progress) {
    Interleaved<Place> turns = new Interleaved<>(places);
    Results results =
        Results.of("os")
            .note(
                "The plain machine is a chroot into an overlay of the same template on the machine's file system; a"
                    + " container is podman's with runc, default confinement, no network, the same overlay.")
            .note(
                "A session's files are on its session disk, a file system of its own on a loop device; the others"
                    + " share the machine's. What differs in Postmark and in the database is that, more than confinement.")
            .note("Rates: more is better, a ratio above 1 is ours; times: less is better.");
    if (parts.contains(Part.CALLS)) {
      progress.say("system calls");
      for (var call : turns.measure(options.pairs(), Programs::calls).entrySet()) {
        results = row(results, call.getKey(), "time of a call", "ns", call.getValue());
      }
    }
    if (!parts.contains(Part.APPLICATIONS)) {
      return results;
    }
    for (Application application : Application.values()) {
      progress.say(application.title);
      var samples =
          turns.measure(
              options.pairs(),
              place -> Map.of(application.title, Programs.run(place, application)));
      String metric = application.unit.equals("s") ? "time" : "rate";
      results =
          row(results, application.title, metric, application.unit, samples.get(application.title));
    }
    return results;
  }

  private static Results row(
      Results results, String name, String metric, String unit, Map<Place, double[]> samples) {
    double[] ours = null;
    Map<String, double[]> peers = new LinkedHashMap<>();
    for (var sample : samples.entrySet()) {
      if (sample.getKey() instanceof SessionPlace) {
        ours = sample.getValue();
      } else {
        peers.put(sample.getKey().name(), sample.getValue());
      }
    }
    return results.row(name, metric, unit, ours, peers);
  }
}
